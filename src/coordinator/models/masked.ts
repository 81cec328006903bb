import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { userError } from '../../shared/errors.js';

type Layer = LayersModel['layers'][number];

/**
 * Refuses what TensorFlow.js would compute as though there were no mask: the loss of an output of which a mask leaves
 * steps out, a mean over masked steps, and masks that enter or leave a model within the model.
 */
export function requireMasksHeeded(model: LayersModel): void {
  const masked = model.outputs.find(isMasked);
  if (masked === undefined) return;
  const { name } = masked.sourceLayer;
  throw ignored(`The output of ${name} is masked, and its loss would count the steps that are not there`);
}

/** Layers that take a mean over steps, which Keras takes over those that are there. */
const AVERAGING: readonly string[] = ['GlobalAveragePooling1D', 'BatchNormalization'];

/** Whether a mask comes with a tensor, as tfjs-layers passes masks on. */
function isMasked({ sourceLayer, nodeIndex }: SymbolicTensor): boolean {
  const layer = sourceLayer as Layer & MaskTraits;
  // The node of an input has the input itself before it.
  if (layer.getClassName() === 'InputLayer') return false;
  const entering = layer.inboundNodes[nodeIndex].inputTensors.map(isMasked).includes(true);
  if (layer.outputs !== undefined && (entering || layer.outputs.map(isMasked).includes(true))) {
    throw ignored(`A mask enters or leaves ${layer.name}, a model within the model, and would end there`);
  }
  if (entering && AVERAGING.includes(layer.getClassName())) {
    throw ignored(`The input of ${layer.name} is masked, and its mean would count the steps that are not there`);
  }
  if (layer.getClassName() === 'Masking' || (layer.getClassName() === 'Embedding' && layer.maskZero)) return true;
  return layer.supportsMasking && layer.returnSequences !== false && entering;
}

/** Beside what every layer has: of a model its outputs, of an Embedding and of recurrent layers what decides on masks. */
interface MaskTraits {
  readonly outputs?: readonly SymbolicTensor[];
  readonly maskZero?: boolean;
  readonly returnSequences?: boolean;
}

function ignored(what: string): Error {
  return userError(
    'UNSUPPORTED_MODEL',
    `${what} where TensorFlow.js computes the model; use engine native or reference, or end the mask before.`,
  );
}
