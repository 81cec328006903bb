/**
 * Shards and the tree: the fixed order in which every sum over samples is formed.
 *
 * A batch of `rows` rows is cut into S contiguous shards, the first ones taking one row more. Sums over samples are
 * formed per shard and added along one binary tree over the S shards, so the result depends on S but never on the
 * number of ranks that formed it.
 */

/** A node of the tree: the shards [first, first + count). */
export interface TreeNode {
  readonly first: number;
  readonly count: number;
}

/** How many shards a batch of `rows` rows has: S, or one per row when there are fewer rows than S. */
export function shardsOf(rows: number, shards: number): number {
  return Math.min(rows, shards);
}

/** First row of shard `shard` when `rows` rows are cut into `shards` shards; `shard === shards` gives `rows`. */
export function shardStart(rows: number, shards: number, shard: number): number {
  return shard * Math.floor(rows / shards) + Math.min(shard, rows % shards);
}

/** First shard owned by `rank` of `workers` ranks; `rank === workers` gives `shards`. */
export function firstShardOf(rank: number, workers: number, shards: number): number {
  return shardStart(shards, workers, rank);
}

/** How many of the `count` shards of a node belong to its left child: the largest power of two below `count`. */
export function leftShards(count: number): number {
  return 1 << (31 - Math.clz32(count - 1));
}

/** Adds per-shard values along the tree: `valueAt(shard)` for the shards of `node`. */
export function treeSum({ first, count }: TreeNode, valueAt: (shard: number) => number): number {
  return count === 0 ? 0 : sumShards(first, count, valueAt);
}

/** The same of values that are joined in another way; `join` may return its left value, changed. */
export function treeFold<T>({ first, count }: TreeNode, valueAt: (shard: number) => T, join: (a: T, b: T) => T): T {
  if (count === 1) return valueAt(first);
  const left = leftShards(count);
  const value = treeFold({ first, count: left }, valueAt, join);
  return join(value, treeFold({ first: first + left, count: count - left }, valueAt, join));
}

/** Without a node for each level: every rank forms these sums at every step. */
function sumShards(first: number, count: number, valueAt: (shard: number) => number): number {
  if (count === 1) return valueAt(first);
  const left = leftShards(count);
  return sumShards(first, left, valueAt) + sumShards(first + left, count - left, valueAt);
}

/**
 * The maximal subtrees of the tree over `shards` shards that lie inside the shards [first, end), left to right: what
 * the rank that owns those shards publishes.
 */
export function maximalSubtrees(shards: number, first: number, end: number): TreeNode[] {
  const found: TreeNode[] = [];
  const visit = (node: TreeNode): void => {
    const nodeEnd = node.first + node.count;
    if (nodeEnd <= first || node.first >= end) return;
    if (node.first >= first && nodeEnd <= end) {
      found.push(node);
      return;
    }
    const left = leftShards(node.count);
    visit({ first: node.first, count: left });
    visit({ first: node.first + left, count: node.count - left });
  };
  if (end > first) visit({ first: 0, count: shards });
  return found;
}
