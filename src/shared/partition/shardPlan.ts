import type { Pass, PublishedNode } from '../kernels/pass.js';
import { firstShardOf, leftShards, maximalSubtrees, shardStart, shardsOf, type TreeNode } from './tree.js';

/** How a run is divided; fixed while its ranks live. */
export interface Division {
  readonly workers: number;
  readonly shards: number;
}

/** One rank's part of every batch that has `batchRows` rows. */
export interface PassPlan {
  readonly pass: Pass;
  /** Reduce: pairs (a, b) of slab offsets, slab a += slab b, in tree order; the same for every rank. */
  readonly adds: Int32Array;
  /** Offset of the slab that holds the whole batch's gradient after reduce. */
  readonly rootSlab: number;
}

/** Where slabs stand in the arena, in float32 elements. */
export interface SlabPlaces {
  readonly first: number;
  readonly stride: number;
}

/** Plans the pass of `rank` over a batch of `batchRows` rows. */
export function planPass(batchRows: number, rank: number, division: Division, slabs: SlabPlaces): PassPlan {
  const shards = shardsOf(batchRows, division.shards);
  const nodes = publishedNodes(shards, division.workers);
  const slabOf = (index: number): number => slabs.first + index * slabs.stride;
  const firstShard = firstShardOf(rank, division.workers, shards);
  const endShard = firstShardOf(rank + 1, division.workers, shards);
  const published: PublishedNode[] = nodes
    .map((node, index) => ({ first: node.first, count: node.count, slab: slabOf(index) }))
    .filter((node) => node.first >= firstShard && node.first < endShard);
  const shardRows = Array.from({ length: endShard - firstShard + 1 }, (_, i) =>
    shardStart(batchRows, shards, firstShard + i),
  );
  const firstRow = shardRows[0];
  const rows = shardRows[shardRows.length - 1] - firstRow;
  return {
    pass: { firstRow, rows, batchRows, batchShards: shards, firstShard, shardRows, published, step: 0 },
    adds: Int32Array.from(reduceOrder(shards, nodes).flatMap(([a, b]) => [slabOf(a), slabOf(b)])),
    rootSlab: slabOf(0),
  };
}

/** The most rows and shards that a rank has of any batch of at most `batchCapacity` rows. */
export function passLimits({ workers, shards }: Division, batchCapacity: number) {
  const most = Math.ceil(shards / workers);
  return {
    passCapacity: Math.min(batchCapacity, most * Math.ceil(batchCapacity / shards)),
    passShards: Math.min(batchCapacity, most),
  };
}

/** The subtrees that all ranks together publish for a batch of `shards` shards, left to right. */
export function publishedNodes(shards: number, workers: number): TreeNode[] {
  const ranks = Array.from({ length: workers }, (_, rank) => rank);
  return ranks.flatMap((rank) =>
    maximalSubtrees(shards, firstShardOf(rank, workers, shards), firstShardOf(rank + 1, workers, shards)),
  );
}

/** Slabs a division needs: the most nodes that any batch, full or ragged, has published. */
export function slabCount({ workers, shards }: Division): number {
  return Math.max(...Array.from({ length: shards }, (_, i) => publishedNodes(i + 1, workers).length));
}

/** The additions that complete the tree above the published nodes: pairs of node indices, left += right. */
export function reduceOrder(shards: number, nodes: readonly TreeNode[]): [number, number][] {
  const adds: [number, number][] = [];
  const combine = (node: TreeNode): number => {
    const leaf = nodes.findIndex((other) => other.first === node.first && other.count === node.count);
    if (leaf >= 0) return leaf;
    const left = leftShards(node.count);
    const a = combine({ first: node.first, count: left });
    const b = combine({ first: node.first + left, count: node.count - left });
    adds.push([a, b]);
    return a;
  };
  combine({ first: 0, count: shards });
  return adds;
}

/** First element of the slice of `rank`; slices begin on cache lines. `rank === workers` gives the vector's length. */
export function sliceStart(rank: number, workers: number, parameterLength: number): number {
  return 16 * shardStart(parameterLength / 16, workers, rank);
}
