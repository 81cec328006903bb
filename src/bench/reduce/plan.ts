import { bytesMoved } from '../../coordinator/ranks/autoWorkers.js';
import { type Division, publishedNodes, reduceOrder, slabCount, sliceStart } from '../../shared/partition/shardPlan.js';

/** What a team of ranks reduces and updates, in float32 elements of one block of shared memory. */
export interface ReducePlan {
  readonly ranks: number;
  /** Elements of the parameter vector: a multiple of 16 a rank. */
  readonly elements: number;
  /** Where the vectors begin: parameters, m, v, then the slabs. */
  readonly parameters: number;
  readonly vectors: readonly [number, number];
  readonly slabs: readonly number[];
  /** Pairs of slabs, as in a step: the first takes the second up. */
  readonly adds: readonly number[];
  readonly length: number;
  /** Bytes that one reduce and update moves, all ranks together. */
  readonly bytes: number;
  /** Times it is done in a round. */
  readonly repeats: number;
}

/** A round moves about as much as memory does in this many seconds at the rate that follows. */
const ROUND_SECONDS = 0.03;
const BYTES_PER_SECOND = 8e9;

const SHARDS = 8;

export function planReduce(size: number, ranks: number): ReducePlan {
  const grain = 16 * ranks;
  const elements = Math.max(grain, Math.round(size / 4 / grain) * grain);
  const { workers, shards }: Division = { workers: ranks, shards: Math.max(SHARDS, 2 ** Math.ceil(Math.log2(ranks))) };
  const slabs = Array.from({ length: slabCount({ workers, shards }) }, (_, i) => (3 + i) * elements);
  const bytes = bytesMoved(elements, workers, shards);
  return {
    ranks,
    elements,
    parameters: 0,
    vectors: [elements, 2 * elements],
    slabs,
    adds: reduceOrder(shards, publishedNodes(shards, workers)).flatMap(([a, b]) => [slabs[a], slabs[b]]),
    length: (3 + slabs.length) * elements,
    bytes,
    repeats: Math.max(1, Math.ceil((ROUND_SECONDS * BYTES_PER_SECOND) / bytes)),
  };
}

/** The part [from, to) of a rank. */
export function sliceOfRank({ elements, ranks }: ReducePlan, rank: number): readonly [number, number] {
  return [sliceStart(rank, ranks, elements), sliceStart(rank + 1, ranks, elements)];
}

/** A copy touches as much memory as the reduce it is compared with: one half is read, the other written. */
export function copyElements({ length, ranks }: ReducePlan): number {
  return Math.ceil(length / 2 / ranks);
}

/** Bytes that teams of these ranks need at one size, what they copy included. */
export function bytesNeeded(size: number, ranks: readonly number[]): number {
  return ranks.map((count) => planReduce(size, count)).reduce((sum, { length }) => sum + 8 * length, 0);
}

/** From 1 KB to 256 MB in steps of four, then 400 MB: bytes of parameters. */
export const reduceSizes: readonly number[] = [...Array.from({ length: 10 }, (_, i) => 1e3 * 4 ** i), 400e6];
