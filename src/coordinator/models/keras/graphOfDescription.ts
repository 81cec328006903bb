import type { LayerDescription, ModelDescription, NodeDescription } from '../../compiler/lower/description.js';
import { findLowering } from '../../compiler/lower/index.js';
import { inKerasOrder, type OrderedCall } from './order.js';

/** What is called in a model: an input by its number, a layer, or an operation on masks. */
type Called = { readonly input: number } | { readonly layer: number } | { readonly operation: string };
type KerasCall = OrderedCall<Called>;

/** An input of a model, or a layer, by its number in the description. */
export type Member = Exclude<Called, { readonly operation: string }>;

/** Inputs and layers of a model in Keras's order; layers that no output depends on are none of it. */
export function membersInOrder(model: ModelDescription): Member[] {
  const graph = new GraphOfCalls(model);
  const ordered = inKerasOrder(model.outputs.map(({ value }) => graph.maker(value)));
  const found = ordered.filter((called): called is Member => !('operation' in called));
  const unread = model.inputs
    .map((_, input) => ({ input }))
    .filter((one) => !found.some((known) => isSame(known, one)));
  return [...found, ...unread];
}

/** Whether what a model's call reads has a mask. */
export function readsMask(model: ModelDescription, node: NodeDescription): boolean {
  return new GraphOfCalls(model).hasMask(node.inputs[0]);
}

const isSame = (a: Member, b: Member): boolean => 'input' in a && 'input' in b && a.input === b.input;

/** Layers that Keras calls with the mask of what they read; those of several inputs are called without. */
const calledWithMask: ReadonlySet<string> = new Set([
  ...['LSTM', 'GRU', 'SimpleRNN', 'Bidirectional', 'TimeDistributed'],
  ...['GlobalAveragePooling1D', 'BatchNormalization', 'Softmax'],
]);

/**
 * The calls of a model as Keras makes them: it finds masks by operations, which stand in the graph beside the layers and change
 * their depths. `null` is the mask of what has none.
 */
class GraphOfCalls {
  readonly #model: ModelDescription;
  readonly #makers: KerasCall[];
  readonly #masks: (KerasCall | null)[];

  constructor(model: ModelDescription) {
    this.#model = model;
    this.#makers = model.inputs.map((_, input) => ({ of: { input }, reads: [] }));
    this.#masks = model.inputs.map(() => null);
    const called = model.layers.map((_, layer) => ({ layer }));
    for (const node of model.nodes) this.#add(node, called[node.layer]);
  }

  maker(value: number): KerasCall {
    return this.#makers[value];
  }

  hasMask(value: number): boolean {
    return this.#masks[value] !== null;
  }

  #add(node: NodeDescription, of: Called): void {
    const layer = this.#model.layers[node.layer];
    const masks = node.inputs.map((input) => this.#masks[input]);
    const [mask] = masks;
    const isCalledWithMask = node.inputs.length === 1 && mask !== null && calledWithMask.has(layer.type);
    const reads = node.inputs.map((input) => this.#makers[input]);
    const call: KerasCall = { of, reads: isCalledWithMask ? [...reads, mask] : reads };
    const made = this.#maskOf(layer, reads, masks);
    for (const _ of node.outputShapes) {
      this.#makers.push(call);
      this.#masks.push(made);
    }
  }

  #maskOf({ type, config }: LayerDescription, reads: readonly KerasCall[], masks: readonly (KerasCall | null)[]) {
    if (type === 'Embedding') return config.maskZero === true ? operation('not_equal', reads) : null;
    if (type === 'Masking') return operation('any', [operation('not_equal', reads)]);
    if (type === 'Concatenate') return maskOfConcatenation(reads, masks);
    if (type === 'LSTM' || type === 'GRU' || type === 'SimpleRNN')
      return config.returnSequences === true ? masks[0] : null;
    if (type === 'Bidirectional') {
      const inner = config.layer as { config?: { returnSequences?: unknown } } | undefined;
      return inner?.config?.returnSequences === true ? masks[0] : null;
    }
    if (type === 'MultiHeadAttention') return masks[0];
    if (findLowering(type)?.mask !== 'passes') return null;
    if (masks.includes(null)) return null;
    return masks.reduce((left, right) => operation('logical_or', [left as KerasCall, right as KerasCall]));
  }
}

function maskOfConcatenation(reads: readonly KerasCall[], masks: readonly (KerasCall | null)[]): KerasCall | null {
  if (masks.every((mask) => mask === null)) return null;
  const spread = masks.map((mask, i) => {
    if (mask === null) return operation('ones_like', [reads[i]]);
    return operation('logical_or', [operation('expand_dims', [mask]), operation('zeros_like', [reads[i]])]);
  });
  return operation('any', [operation('concatenate', spread)]);
}

function operation(name: string, reads: readonly KerasCall[]): KerasCall {
  return { of: { operation: name }, reads };
}
