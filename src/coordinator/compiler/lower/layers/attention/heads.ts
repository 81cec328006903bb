import type { Builder } from '../../builder.js';
import type { LayerDescription } from '../../description.js';
import { type Matrices, matrixProduct, transposed } from '../../matrices.js';

/** The sizes of a row's attention. */
export interface Heads {
  readonly count: number;
  readonly queries: number;
  readonly keys: number;
  /** Features of queries and keys, and of values, in each head. */
  readonly keySize: number;
  readonly valueSize: number;
  /** Whether a query sees no key behind its own place. */
  readonly causal: boolean;
  /** Buffer of the mask of the keys; −1 for none. */
  readonly mask: number;
  readonly dropout: number;
}

/** Buffers of the projected queries (queries, heads, keySize), keys (keys, heads, keySize) and values (keys, heads, valueSize). */
interface Projected {
  readonly q: number;
  readonly k: number;
  readonly v: number;
}

interface ProjectedGradients {
  readonly dq: number;
  readonly dk: number;
  readonly dv: number;
}

/**
 * Emits softmax(q·kᵀ / √keySize) · v head by head, with dropout of the probabilities while training; returns the buffer
 * (queries, heads, valueSize), and how its gradient passes to q, k and v.
 */
export function lowerHeads(
  layer: LayerDescription,
  heads: Heads,
  { q, k, v }: Projected,
  to: Builder,
): { readonly y: number; backward(dy: number): ProjectedGradients } {
  const { queries, keys, keySize } = heads;
  const scale = 1 / Math.sqrt(keySize);
  const named = (name: string, steps: number, features: number): Matrices =>
    stepsOf(heads, to.buffer(`${layer.name} ${name}`, steps * heads.count * features), steps, features);
  const query = stepsOf(heads, q, queries, keySize);
  const key = stepsOf(heads, k, keys, keySize);
  const multiply = (a: Matrices, b: Matrices, y: Matrices, sizes: readonly number[], scale = 1) => {
    const [rows, inner, columns] = sizes;
    return matrixProduct(a, b, y, { groups: heads.count, rows, inner, columns, scale });
  };
  const scores = scoresOf(layer, heads, 'scores', to);
  to.emit(multiply(query, transposed(key), scores, [queries, keySize, keys], scale));
  const attended = lowerAttended(layer, heads, scores.buffer, v, to);
  const backward = (gradient: number): ProjectedGradients => {
    const { ds: buffer, dv } = attended.backward(gradient);
    const ds = { ...scores, buffer };
    const [dq, dk] = [named('query gradient', queries, keySize), named('key gradient', keys, keySize)];
    to.emitBackward(multiply(ds, key, dq, [queries, keys, keySize], scale));
    to.emitBackward(multiply(transposed(ds), query, dk, [keys, queries, keySize], scale));
    return { dq: dq.buffer, dk: dk.buffer, dv };
  };
  return { y: attended.y, backward };
}

/** Emits softmax(scores) · v head by head, with dropout of the probabilities while training; its gradient passes to both. */
export function lowerAttended(
  layer: LayerDescription,
  heads: Heads,
  scores: number,
  v: number,
  to: Builder,
): { readonly y: number; backward(dy: number): { readonly ds: number; readonly dv: number } } {
  const { queries, keys, valueSize } = heads;
  const value = stepsOf(heads, v, keys, valueSize);
  const named = (name: string, steps: number, features: number): Matrices =>
    stepsOf(heads, to.buffer(`${layer.name} ${name}`, steps * heads.count * features), steps, features);
  const multiply = (a: Matrices, b: Matrices, y: Matrices, [rows, inner, columns]: readonly number[]) =>
    matrixProduct(a, b, y, { groups: heads.count, rows, inner, columns, scale: 1 });
  const probabilities = scoresOf(layer, heads, 'probabilities', to);
  const y = named('attended', queries, valueSize);
  emitSoftmax(heads, scores, probabilities.buffer, to);
  const dropped = lowerDropout(layer, heads, probabilities, to);
  to.emit(multiply(dropped.kept, value, y, [queries, keys, valueSize]));
  const backward = (gradient: number): { ds: number; dv: number } => {
    const dy = stepsOf(heads, gradient, queries, valueSize);
    const ds = scoresOf(layer, heads, 'score gradient', to);
    const dv = named('value gradient', keys, valueSize);
    to.emitBackward(multiply(transposed(dropped.kept), dy, dv, [keys, queries, valueSize]));
    to.emitBackward(multiply(dy, transposed(value), ds, [queries, valueSize, keys]));
    dropped.backward(ds.buffer);
    const groups = heads.count * queries;
    const softmax = { y: probabilities.buffer, dy: ds.buffer, dx: ds.buffer, groups, size: keys };
    to.emitBackward({ kernel: 'softmaxBackward', args: softmax });
    return { ds: ds.buffer, dv: dv.buffer };
  };
  return { y: y.buffer, backward };
}

/** A row (steps, heads, features) as one matrix (steps, features) a head. */
function stepsOf({ count }: Heads, buffer: number, steps: number, features: number): Matrices {
  return { buffer, size: steps * count * features, group: features, row: count * features, column: 1 };
}

/** A new buffer (heads, queries, keys). */
function scoresOf({ name }: LayerDescription, { count, queries, keys }: Heads, what: string, to: Builder): Matrices {
  const size = count * queries * keys;
  return { buffer: to.buffer(`${name} ${what}`, size), size, group: queries * keys, row: keys, column: 1 };
}

function emitSoftmax({ count, queries, keys, causal, mask }: Heads, x: number, y: number, to: Builder): void {
  if (causal || mask >= 0) {
    const seen = { mask, heads: count, queries, keys, causal: causal ? 1 : 0 };
    to.emit({ kernel: 'maskedSoftmaxForward', args: { x, y, ...seen } });
  } else {
    to.emit({ kernel: 'softmaxForward', args: { x, y, groups: count * queries, size: keys } });
  }
}

/** Dropout of the probabilities, which softmax's gradient needs whole. */
function lowerDropout(
  layer: LayerDescription,
  { dropout: rate }: Heads,
  probabilities: Matrices,
  to: Builder,
): { readonly kept: Matrices; backward(gradient: number): void } {
  const number = to.nextLayerNumber();
  if (!to.training || rate === 0) return { kept: probabilities, backward: () => {} };
  const { size } = probabilities;
  const shared = { outer: 1, draws: size, inner: 1, rate, scale: 1 / (1 - rate), shift: 0, dropped: 0, layer: number };
  const kept = { ...probabilities, buffer: to.buffer(`${layer.name} kept probabilities`, size) };
  to.emit({ kernel: 'dropout', args: { x: probabilities.buffer, y: kept.buffer, ...shared } });
  return {
    kept,
    backward: (gradient) => to.emitBackward({ kernel: 'dropout', args: { x: gradient, y: gradient, ...shared } }),
  };
}
