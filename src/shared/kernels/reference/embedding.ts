import { leftShards } from '../../partition/tree.js';
import type { Kernel, KernelMemory, Pass } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { ScratchRow } from './scratch.js';

/** y (inner, size) = the rows of w (vocabulary, size) that x (inner) names, for every row. */
export const embeddingForward: Kernel<KernelArguments<'embeddingForward'>> = ({ f32, i32, parameters }, pass, a) => {
  const end = (pass.firstRow + pass.rows) * a.inner;
  for (let place = pass.firstRow * a.inner; place < end; place++) {
    const index = i32[a.x + place];
    const y = a.y + place * a.size;
    if (index < 0 || index >= a.vocabulary) f32.fill(Number.NaN, y, y + a.size);
    else f32.copyWithin(y, parameters + a.w + index * a.size, parameters + a.w + (index + 1) * a.size);
  }
};

type Gradient = KernelArguments<'embeddingWeightGradient'>;

/**
 * dw (vocabulary, size): only the indices that occur are folded, each over the shards that have it. A shard without it
 * would add +0, which changes no bit, as no sum of a shard is −0.
 */
export const embeddingWeightGradient: Kernel<Gradient> = (memory, pass, a) => {
  const { f32, i32 } = memory;
  for (const { first, count, slab } of pass.published) {
    const dw = slab + a.w;
    f32.fill(0, dw, dw + a.vocabulary * a.size);
    const from = pass.shardRows[first - pass.firstShard] * a.inner;
    const to = pass.shardRows[first + count - pass.firstShard] * a.inner;
    const places = placesByIndex(i32, a, from, to);
    for (let begin = 0, end = 0; begin < places.length; begin = end) {
      const index = i32[a.x + places[begin]];
      while (end < places.length && i32[a.x + places[end]] === index) end++;
      foldPlaces(memory, pass, a, places.subarray(begin, end), first, count, f32, dw + index * a.size, 0);
    }
  }
};

/** The places in [from, to) whose index is one of the vocabulary, ordered by index and then by place. */
function placesByIndex(i32: Int32Array, a: Gradient, from: number, to: number): Int32Array {
  const places = Int32Array.from({ length: to - from }, (_, i) => from + i).filter((place) => {
    const index = i32[a.x + place];
    return index >= 0 && index < a.vocabulary;
  });
  return places.sort((one, other) => i32[a.x + one] - i32[a.x + other] || one - other);
}

const shardSum = new ScratchRow();

/** Right children waiting to be added, one for each level of the tree. */
const rightChildren: Float32Array[] = [];

/** target[at …] = Σ dy over `places`, which are not empty and lie in shards [first, first + count). */
function foldPlaces(
  memory: KernelMemory,
  pass: Pass,
  a: Gradient,
  places: Int32Array,
  first: number,
  count: number,
  target: Float32Array,
  at: number,
  level: number,
): void {
  if (count === 1) {
    sumPlaces(memory.f32, a, places, target, at);
    return;
  }
  const left = leftShards(count);
  const middle = pass.shardRows[first + left - pass.firstShard] * a.inner;
  const cut = places.findIndex((place) => place >= middle);
  const inLeft = cut < 0 ? places.length : cut;
  const fold = (part: Int32Array, from: number, shards: number, to: Float32Array, place: number) =>
    foldPlaces(memory, pass, a, part, from, shards, to, place, level + 1);
  if (inLeft > 0) fold(places.subarray(0, inLeft), first, left, target, at);
  else fold(places, first + left, count - left, target, at);
  if (inLeft === 0 || inLeft === places.length) return;
  const right = rightChild(level, a.size);
  fold(places.subarray(inLeft), first + left, count - left, right, 0);
  for (let e = 0; e < a.size; e++) target[at + e] += right[e];
}

/** target[at …] = Σ dy over the places of one shard, in their order. */
function sumPlaces(f32: Float32Array, a: Gradient, places: Int32Array, target: Float32Array, at: number): void {
  const sum = shardSum.of(a.size).fill(0, 0, a.size);
  for (const place of places) for (let e = 0; e < a.size; e++) sum[e] += f32[a.dy + place * a.size + e];
  for (let e = 0; e < a.size; e++) target[at + e] = sum[e];
}

function rightChild(level: number, length: number): Float32Array {
  const held = rightChildren[level];
  if (held !== undefined && held.length >= length) return held;
  return (rightChildren[level] = new Float32Array(length));
}
