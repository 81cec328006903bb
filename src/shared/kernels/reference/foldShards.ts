import { leftShards } from '../../partition/tree.js';
import type { KernelMemory, Pass } from '../pass.js';
import { ScratchRow } from './scratch.js';

/**
 * Adds the share of batch rows [fromRow, toRow) to `sum`, in row order. `sum` starts at zero, has as many elements as
 * the gradient and is float64: a shard's sum is rounded once, when it becomes a leaf of the tree.
 */
export type AccumulateRows = (fromRow: number, toRow: number, sum: Float64Array) => void;

/** The float64 sum of one shard; grows to the largest gradient. */
const shardSums = new ScratchRow();

/** Right children waiting to be added, one for each level of the tree; each grows to the largest gradient. */
const rightChildren: Float32Array[] = [];

/**
 * Forms the gradient of the parameter at `offset` (`length` elements) per shard, folds the shards in tree order and
 * writes each published node to its slab.
 */
export function foldShards(
  memory: KernelMemory,
  pass: Pass,
  offset: number,
  length: number,
  accumulate: AccumulateRows,
): void {
  foldLeaves(memory, pass, offset, length, (own, target, at) => {
    const sum = shardSums.of(length).fill(0, 0, length);
    accumulate(pass.shardRows[own], pass.shardRows[own + 1], sum);
    for (let e = 0; e < length; e++) target[at + e] = sum[e];
  });
}

/** Writes the leaf of the rank's shard number `own` to target[at …]. */
export type StoreLeaf = (own: number, target: Float32Array, at: number) => void;

/** Folds leaves of `length` elements in tree order; writes each published node to its slab, from `offset` on. */
export function foldLeaves(
  { f32 }: KernelMemory,
  pass: Pass,
  offset: number,
  length: number,
  storeLeaf: StoreLeaf,
): void {
  for (const { first, count, slab } of pass.published) {
    foldNode(first - pass.firstShard, count, storeLeaf, f32, slab + offset, length, 0);
  }
}

/** Writes the node over the rank's shards [own, own + count) to target[at …]: the leaf, or left + right in float32. */
function foldNode(
  own: number,
  count: number,
  storeLeaf: StoreLeaf,
  target: Float32Array,
  at: number,
  length: number,
  level: number,
): void {
  if (count === 1) {
    storeLeaf(own, target, at);
    return;
  }
  const left = leftShards(count);
  const right = rightChild(level, length);
  foldNode(own, left, storeLeaf, target, at, length, level + 1);
  foldNode(own + left, count - left, storeLeaf, right, 0, length, level + 1);
  for (let e = 0; e < length; e++) target[at + e] += right[e];
}

function rightChild(level: number, length: number): Float32Array {
  const held = rightChildren[level];
  if (held !== undefined && held.length >= length) return held;
  return (rightChildren[level] = new Float32Array(length));
}

/** sum[e] += the records [from, to) of `width` elements that begin at `base`: the gradient of a bias. */
export function addRecords(
  f32: Float32Array,
  base: number,
  width: number,
  from: number,
  to: number,
  sum: Float64Array,
): void {
  for (let record = from; record < to; record++) {
    const at = base + record * width;
    for (let e = 0; e < width; e++) sum[e] += f32[at + e];
  }
}
