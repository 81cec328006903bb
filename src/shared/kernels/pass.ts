/**
 * A pass: one rank's share of one batch. What every kernel is told beside its own arguments.
 *
 * Row numbers are rows of the global batch; row-wise buffers hold the whole batch and a rank touches only its rows.
 */
export interface Pass {
  /** First row of this rank. */
  firstRow: number;
  /** Rows of this rank; may be zero when a ragged batch has fewer shards than ranks. */
  rows: number;
  /** Rows of the whole batch. */
  batchRows: number;
  /** Shards of the whole batch. */
  batchShards: number;
  /** First shard of this rank. */
  firstShard: number;
  /** Row at which each of this rank's shards starts, and the end of the last one: shards + 1 entries. */
  readonly shardRows: number[];
  /** The subtrees this rank publishes, left to right. */
  readonly published: PublishedNode[];
  /** Updates applied before this batch: keys dropout. */
  step: number;
}

/** The same share of the batch where each row stands for `each` rows: shards and the tree over them stay as they are. */
export function passOfEach(pass: Pass, each: number): Pass {
  return {
    ...pass,
    firstRow: pass.firstRow * each,
    rows: pass.rows * each,
    batchRows: pass.batchRows * each,
    shardRows: pass.shardRows.map((row) => row * each),
  };
}

/** A subtree whose folded gradient a rank writes to a slab. */
export interface PublishedNode {
  /** First shard and number of shards. */
  first: number;
  count: number;
  /** Arena offset of its slab, in float32 elements. */
  slab: number;
}

/** The arena as kernels see it: whole-arena views and the places of what is shared by all calls. */
export interface KernelMemory {
  readonly f32: Float32Array;
  readonly f64: Float64Array;
  readonly i32: Int32Array;
  /** Float32 offset of the flat parameter vector. */
  readonly parameters: number;
  /** Float64 offset of the per-shard sums: sum `i` of shard `s` is at `sums + s * sumCount + i`. */
  readonly sums: number;
  readonly sumCount: number;
  /** The run's seed: two unsigned 32-bit halves, the key of every Philox draw. */
  readonly seed: readonly [number, number];
}

/** One implementation of one kernel. */
export type Kernel<A> = (memory: KernelMemory, pass: Pass, args: A) => void;
