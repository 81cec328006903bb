import { userError } from '../../../../shared/errors.js';
import { toLast } from '../../../compiler/lower/channels.js';
import type { LayerDescription } from '../../../compiler/lower/description.js';
import type { LayerForm, LayerForms } from '../form.js';
import { activationForms } from './activations.js';
import { attentionForms } from './attention.js';
import { categoryForms } from './categories.js';
import { convolutionForms } from './convolution.js';
import { denseForms, einsumForms, passingForms } from './dense.js';
import { mergingForms } from './merging.js';
import { normalizationForms } from './normalization.js';
import { pictureForms } from './pictures.js';
import { poolingForms } from './pooling.js';
import { recurrentForms } from './recurrent.js';
import { sequenceForms } from './sequences.js';
import { shapeForms } from './shapes.js';

/** The ONNX form of every layer that has one, by Keras class name; docs/onnx.md tells which operators they are. */
export const layerForms: LayerForms = {
  ...denseForms,
  ...einsumForms,
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
  ...pictureForms,
  ...categoryForms,
};

/** The form of a layer, or a clear error. */
export function formOf(layer: LayerDescription): LayerForm {
  const { name, type } = layer;
  if (Object.hasOwn(layerForms, type)) {
    return layer.config.dataFormat === 'channelsFirst' ? withChannelsFirst(layerForms[type]) : layerForms[type];
  }
  throw userError(
    'NOT_IN_ONNX',
    `Layer ${name} is a ${type}, which has no form in ONNX; save the model in another format, or put a layer of docs/onnx.md in its place.`,
  );
}

/** The form of the layer whose channels come last, of what is turned; where the form itself reads channels first, nothing is. */
const withChannelsFirst =
  (form: LayerForm): LayerForm =>
  (layer, [x], to, find) => {
    const last = {
      ...layer,
      inputShape: toLast(layer.inputShape),
      outputShape: toLast(layer.outputShape),
      config: { ...layer.config, dataFormat: 'channelsLast' },
    };
    const [made] = form(last, [to.channelsLast(x.name, last.inputShape)], to, find);
    const shape = layer.outputShape;
    return [shape.length === 1 ? made : { name: to.channelsFirst(made), shape }];
  };
