import type { LayerDescription } from '../../../compiler/lower/description.js';
import type { LayerForm, LayerForms } from '../form.js';
import type { GraphBuilder, OnnxValue } from '../graph.js';
import { affine } from './dense.js';
import { withoutMaskedSteps } from './sequences.js';

/** What stands for the score of a key that is not there, as in Lockstep and Keras: finite, so that a row of such scores is even. */
const MASKED = -1e9;

/** Scores of all queries by all keys, (N, queries, keys). */
type Scores = (layer: LayerDescription, query: string, key: string, to: GraphBuilder) => string;

/** Σ outer(tanh(inner(query + key))) over the features of each pair. */
function sumOfTanh(
  query: string,
  key: string,
  to: GraphBuilder,
  inner: (sum: string) => string,
  outer: (tanh: string) => string,
): string {
  const pairs = to.node('Add', [
    to.node('Unsqueeze', [query, to.ints([2])]),
    to.node('Unsqueeze', [key, to.ints([1])]),
  ]);
  return to.node('ReduceSum', [outer(to.node('Tanh', [inner(pairs)])), to.ints([3])], { keepdims: 0 });
}

const same = (x: string): string => x;

const dotOrConcat: Scores = (layer, query, key, to) => {
  const isScaled = layer.config.useScale === true;
  const scaled = (x: string): string => (isScaled ? to.node('Mul', [x, to.weight(layer, 0)]) : x);
  if (layer.config.scoreMode !== 'concat') {
    return scaled(to.node('MatMul', [query, to.node('Transpose', [key], { perm: [0, 2, 1] })]));
  }
  return to.node('Mul', [sumOfTanh(query, key, to, scaled, same), to.weight(layer, isScaled ? 1 : 0)]);
};

const additive: Scores = (layer, query, key, to) =>
  sumOfTanh(query, key, to, same, (x) => (layer.weights.length === 0 ? x : to.node('Mul', [x, to.weight(layer, 0)])));

/** One head without projections; the output is 0 where the query is not there. */
const attention =
  (scoresOf: Scores): LayerForm =>
  (layer, [query, value, key = value], to) => {
    const first = (name: string): string => to.node('Unsqueeze', [name, to.ints([1])]);
    const scores = first(scoresOf(layer, query.name, key.name, to));
    const probabilities = softmaxOfSeen(layer, scores, value.mask, [query.shape[0], value.shape[0]], to);
    const attended = to.node('MatMul', [probabilities, first(value.name)]);
    const { mask } = query;
    const y = { name: to.node('Squeeze', [attended, to.ints([1])]), shape: layer.outputShape };
    return [mask === undefined ? y : { ...y, mask, name: withoutMaskedSteps({ ...y, mask }, to) }];
  };

/** Softmax over the keys that a query sees. */
function softmaxOfSeen(
  layer: LayerDescription,
  scores: string,
  mask: string | undefined,
  sizes: readonly number[],
  to: GraphBuilder,
): string {
  const seen = seenKeys(layer, mask, sizes, to);
  const masked = seen === undefined ? scores : to.node('Where', [seen, scores, to.floats(MASKED)]);
  return to.node('Softmax', [masked], { axis: -1 });
}

/** Projection number `number` of query, key, value and output. */
function project(
  layer: LayerDescription,
  x: string,
  number: number,
  inputs: number,
  units: number,
  to: GraphBuilder,
): string {
  const isBiased = layer.config.useBias !== false;
  const w = to.weight(layer, isBiased ? 2 * number : number, { shape: [inputs, units] });
  return affine(x, w, isBiased ? to.weight(layer, 2 * number + 1, { shape: [units] }) : undefined, to);
}

/** Which keys a query sees, over (N, heads, queries, keys); undefined where all see all. */
function seenKeys(
  { config }: LayerDescription,
  mask: string | undefined,
  [queries, keys]: readonly number[],
  to: GraphBuilder,
): string | undefined {
  const there = mask === undefined ? undefined : to.node('Unsqueeze', [mask, to.ints([1, 2])]);
  if (config.useCausalMask !== true) return there;
  const places = (length: number): number[] => Array.from({ length }, (_, place) => place);
  const past = to.node('LessOrEqual', [
    to.ints(places(keys), [1, 1, 1, keys]),
    to.ints(places(queries), [1, 1, queries, 1]),
  ]);
  return there === undefined ? past : to.node('And', [past, there]);
}

const multiHeadAttention: LayerForm = (layer, [query, value, key = value], to) => {
  const { config } = layer;
  const [heads, keySize] = [Number(config.numHeads), Number(config.keyDim)];
  const valueSize = Number(config.valueDim ?? keySize);
  const [queries, keys] = [query.shape[0], value.shape[0]];
  const q = { ...query, name: project(layer, query.name, 0, query.shape[1], heads * keySize, to) };
  const inHeads = (name: string, steps: number, size: number, perm: readonly number[]): string =>
    to.node('Transpose', [to.node('Reshape', [name, to.ints([0, steps, heads, size])])], { perm });
  const asked = inHeads(withoutMaskedSteps(q, to), queries, keySize, [0, 2, 1, 3]);
  const offered = project(layer, key.name, 1, key.shape[1], heads * keySize, to);
  const given = project(layer, value.name, 2, value.shape[1], heads * valueSize, to);
  const products = to.node('MatMul', [asked, inHeads(offered, keys, keySize, [0, 2, 3, 1])]);
  const scores = to.node('Mul', [products, to.floats(1 / Math.sqrt(keySize))]);
  const probabilities = softmaxOfSeen(layer, scores, key.mask ?? value.mask, [queries, keys], to);
  const attended = to.node('MatMul', [probabilities, inHeads(given, keys, valueSize, [0, 2, 1, 3])]);
  const joined = to.node('Transpose', [attended], { perm: [0, 2, 1, 3] });
  const flat = to.node('Reshape', [joined, to.ints([0, queries, heads * valueSize])]);
  const name = project(layer, flat, 3, heads * valueSize, layer.outputShape[1], to);
  const { mask } = query;
  return [{ name, shape: layer.outputShape, ...(mask !== undefined && { mask }) } satisfies OnnxValue];
};

export const attentionForms: LayerForms = {
  MultiHeadAttention: multiHeadAttention,
  Attention: attention(dotOrConcat),
  AdditiveAttention: attention(additive),
};
