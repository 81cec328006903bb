import { userError } from '../../../../shared/errors.js';
import type { LayerDescription } from '../../../compiler/lower/description.js';
import type { LayerForm, LayerForms } from '../form.js';
import { activationForms } from './activations.js';
import { attentionForms } from './attention.js';
import { convolutionForms } from './convolution.js';
import { denseForms, passingForms } from './dense.js';
import { mergingForms } from './merging.js';
import { normalizationForms } from './normalization.js';
import { poolingForms } from './pooling.js';
import { recurrentForms } from './recurrent.js';
import { sequenceForms } from './sequences.js';
import { shapeForms } from './shapes.js';

/** The ONNX form of every layer that has one, by Keras class name; docs/onnx.md tells which operators they are. */
export const layerForms: LayerForms = {
  ...denseForms,
  ...activationForms,
  ...passingForms,
  ...convolutionForms,
  ...poolingForms,
  ...shapeForms,
  ...sequenceForms,
  ...recurrentForms,
  ...attentionForms,
  ...normalizationForms,
  ...mergingForms,
};

/** The form of a layer's class, or a clear error. */
export function formOf({ name, type }: Pick<LayerDescription, 'name' | 'type'>): LayerForm {
  if (Object.hasOwn(layerForms, type)) return layerForms[type];
  throw userError(
    'NOT_IN_ONNX',
    `Layer ${name} is a ${type}, which has no form in ONNX; save the model in another format, or put a layer of docs/onnx.md in its place.`,
  );
}
