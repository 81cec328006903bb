import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import { userError } from '../../shared/errors.js';

type Layer = LayersModel['layers'][number];
type LayerNode = Layer['inboundNodes'][number];

/**
 * Refuses what TensorFlow.js would compute as though there were no mask: the loss of an output of which a mask leaves
 * steps out, a mean over masked steps, and masks that enter or leave a model within the model.
 */
export function requireMasksHeeded(model: LayersModel): void {
  const masks = new Masks();
  const masked = model.outputs.find((output) => masks.isMasked(output));
  if (masked === undefined) return;
  const { name } = masked.sourceLayer;
  throw ignored(`The output of ${name} is masked, and its loss would count the steps that are not there`);
}

/** Layers that take a mean over steps, which Keras takes over those that are there. */
const AVERAGING: readonly string[] = ['GlobalAveragePooling1D', 'BatchNormalization'];

/** Beside what every layer has: of a model its outputs, of an Embedding and of recurrent layers what decides on masks. */
interface MaskTraits {
  readonly outputs?: readonly SymbolicTensor[];
  readonly maskZero?: boolean;
  readonly returnSequences?: boolean;
}

/** Which calls give a mask, as tfjs-layers passes masks on; each is looked at once, however many read it. */
class Masks {
  readonly #known = new Map<LayerNode, boolean>();

  /** What a call reads is looked at before it, one after the other: a recursion along the graph would end at some depth. */
  isMasked(tensor: SymbolicTensor): boolean {
    const awaited = [tensor];
    for (let last = awaited.at(-1); last !== undefined; last = awaited.at(-1)) {
      const unknown = sourcesOf(last).find((source) => !this.#known.has(nodeOf(source)));
      if (unknown !== undefined) awaited.push(unknown);
      else this.#look(awaited.pop() as SymbolicTensor);
    }
    return this.#known.get(nodeOf(tensor)) as boolean;
  }

  #look(tensor: SymbolicTensor): void {
    const entering = sourcesOf(tensor).some((source) => this.#known.get(nodeOf(source)));
    this.#known.set(nodeOf(tensor), this.#leaves(tensor.sourceLayer, entering));
  }

  /** Whether a mask leaves a layer. */
  #leaves(layer: Layer & MaskTraits, entering: boolean): boolean {
    const type = layer.getClassName();
    if (layer.outputs !== undefined && (entering || layer.outputs.some((output) => this.isMasked(output)))) {
      throw ignored(`A mask enters or leaves ${layer.name}, a model within the model, and would end there`);
    }
    if (entering && AVERAGING.includes(type)) {
      throw ignored(`The input of ${layer.name} is masked, and its mean would count the steps that are not there`);
    }
    if (type === 'Masking' || (type === 'Embedding' && layer.maskZero)) return true;
    return layer.supportsMasking && layer.returnSequences !== false && entering;
  }
}

function nodeOf({ sourceLayer, nodeIndex }: SymbolicTensor): LayerNode {
  return sourceLayer.inboundNodes[nodeIndex];
}

/** What the maker of a tensor reads; the node of an input has the input itself before it. */
function sourcesOf(tensor: SymbolicTensor): readonly SymbolicTensor[] {
  return tensor.sourceLayer.getClassName() === 'InputLayer' ? [] : nodeOf(tensor).inputTensors;
}

function ignored(what: string): Error {
  return userError(
    'UNSUPPORTED_MODEL',
    `${what} where TensorFlow.js computes the model; use engine native or reference, or end the mask before.`,
  );
}
