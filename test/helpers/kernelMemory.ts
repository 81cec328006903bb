import type { Kernel, KernelMemory, Pass, PublishedNode } from '../../src/shared/kernels/pass.js';
import {
  firstShardOf,
  leftShards,
  maximalSubtrees,
  shardStart,
  shardsOf,
  type TreeNode,
} from '../../src/shared/partition/tree.js';
import { Draws, seedHalves } from '../../src/shared/random/rng.js';

/**
 * A small arena for kernels under test: buffers by name in one SharedArrayBuffer, each on its own 64-byte line. It
 * starts full of NaN, so that a kernel that reads what nobody wrote, or forgets to write, is seen.
 */
export interface ArenaPlan<B extends string, V extends string> {
  /** Rows the row-wise buffers have room for. */
  readonly batchRows: number;
  /** Row-wise buffers: 32-bit elements a row. */
  readonly buffers?: Readonly<Record<B, number>>;
  /** Flat vectors that are not row-wise, such as moments: elements. */
  readonly vectors?: Readonly<Record<V, number>>;
  /** Elements of the flat parameter vector and of each slab; default 0. */
  readonly parameterLength?: number;
  /** Shards a batch; there is one slab and one record of sums for each; default 8. */
  readonly shards?: number;
  /** Sums a shard; default 0. */
  readonly sumCount?: number;
  readonly seed?: number;
}

export interface TestArena<B extends string, V extends string> {
  readonly memory: KernelMemory;
  readonly bytes: SharedArrayBuffer;
  /** Arena offsets by name, in 32-bit elements. */
  readonly at: Readonly<Record<B | V, number>>;
  /** Elements by name: the whole buffer, all rows. */
  readonly lengths: Readonly<Record<B | V, number>>;
  /** Arena offsets of the slabs: a published node uses the slab of its first shard. */
  readonly slabs: readonly number[];
  readonly parameterLength: number;
  readonly shards: number;
}

/** 64 bytes in 32-bit elements. */
const LINE = 16;

/** The next line, leaving at least one element of NaN between neighbours. */
const nextLine = (end: number): number => Math.ceil((end + 1) / LINE) * LINE;

export function testArena<B extends string = never, V extends string = never>(plan: ArenaPlan<B, V>): TestArena<B, V> {
  const { parameterLength = 0, shards = 8, sumCount = 0 } = plan;
  let end = 0;
  const take = (elements: number): number => {
    const start = nextLine(end);
    end = start + elements;
    return start;
  };
  const lengths = {
    ...scaled(plan.buffers ?? ({} as Record<B, number>), plan.batchRows),
    ...(plan.vectors ?? {}),
  } as Record<B | V, number>;
  const at = {} as Record<B | V, number>;
  for (const name of Object.keys(lengths) as (B | V)[]) at[name] = take(lengths[name]);
  const parameters = take(parameterLength);
  const slabs = Array.from({ length: shards }, () => take(parameterLength));
  const sums = take(2 * sumCount * shards) / 2;

  const bytes = new SharedArrayBuffer(4 * nextLine(end));
  const memory: KernelMemory = {
    f32: new Float32Array(bytes).fill(Number.NaN),
    f64: new Float64Array(bytes),
    i32: new Int32Array(bytes),
    parameters,
    sums,
    sumCount,
    seed: seedHalves(plan.seed ?? 42),
  };
  memory.f64.fill(Number.NaN, sums, sums + sumCount * shards);
  return { memory, bytes, at, lengths, slabs, parameterLength, shards };
}

function scaled<B extends string>(sizes: Readonly<Record<B, number>>, factor: number): Record<B, number> {
  const entries = Object.entries<number>(sizes).map(([name, size]) => [name, size * factor]);
  return Object.fromEntries(entries) as Record<B, number>;
}

/**
 * The passes of a batch of `rows` rows, one a rank, as the worker makes them. A row count below `shards` gives as many
 * shards as rows; ranks beyond them get a pass of zero rows.
 */
export function passesFor(
  rows: number,
  shards: number,
  workers: number,
  options: { slabs?: readonly number[]; step?: number } = {},
): Pass[] {
  const count = shardsOf(rows, shards);
  return Array.from({ length: workers }, (_, rank) => {
    const firstShard = firstShardOf(rank, workers, count);
    const endShard = firstShardOf(rank + 1, workers, count);
    const shardRows = Array.from({ length: endShard - firstShard + 1 }, (_, i) =>
      count === 0 ? 0 : shardStart(rows, count, firstShard + i),
    );
    return {
      firstRow: shardRows[0],
      rows: shardRows[endShard - firstShard] - shardRows[0],
      batchRows: rows,
      batchShards: count,
      firstShard,
      shardRows,
      published: maximalSubtrees(count, firstShard, endShard).map((node) => placed(node, options.slabs)),
      step: options.step ?? 0,
    };
  });
}

const placed = (node: TreeNode, slabs: readonly number[] = []): PublishedNode => ({
  ...node,
  slab: slabs[node.first] ?? -1,
});

/** Runs one kernel as every rank of `passes` would. */
export function runAll<A>(kernel: Kernel<A>, memory: KernelMemory, passes: readonly Pass[], args: A): void {
  for (const pass of passes) kernel(memory, pass, args);
}

/** Fills a named buffer, all its rows, with uniforms in [low, high) that depend only on `key`. */
export function fillUniform<B extends string, V extends string>(
  arena: TestArena<B, V>,
  name: B | V,
  key: number,
  [low, high]: readonly [number, number] = [-1, 1],
): void {
  fillRange(arena.memory.f32, arena.at[name], arena.lengths[name], key, low, high);
}

/** Fills the whole parameter vector with uniforms in [low, high). */
export function fillParameters<B extends string, V extends string>(
  arena: TestArena<B, V>,
  key: number,
  [low, high]: readonly [number, number] = [-1, 1],
): void {
  fillRange(arena.memory.f32, arena.memory.parameters, arena.parameterLength, key, low, high);
}

function fillRange(f32: Float32Array, at: number, length: number, key: number, low: number, high: number): void {
  const draws = new Draws([key, 0]).at('split', 0, 0, 0);
  for (let e = 0; e < length; e++) f32[at + e] = low + (high - low) * draws.uniform(e);
}

/** Fills a named buffer with int32 classes in [0, classes) that depend only on `key`. */
export function fillClasses<B extends string, V extends string>(
  arena: TestArena<B, V>,
  name: B | V,
  key: number,
  classes: number,
): void {
  const draws = new Draws([key, 0]).at('split', 0, 0, 0);
  for (let e = 0; e < arena.lengths[name]; e++) {
    arena.memory.i32[arena.at[name] + e] = Math.floor(classes * draws.uniform(e));
  }
}

/** A copy of a named buffer. */
export function read<B extends string, V extends string>(arena: TestArena<B, V>, name: B | V): Float32Array {
  return arena.memory.f32.slice(arena.at[name], arena.at[name] + arena.lengths[name]);
}

/** A copy of the parameter vector. */
export function readParameters<B extends string, V extends string>(arena: TestArena<B, V>): Float32Array {
  const { parameters } = arena.memory;
  return arena.memory.f32.slice(parameters, parameters + arena.parameterLength);
}

/** A copy of all per-shard sums: shard-major, `sumCount` a shard. */
export function readSums<B extends string, V extends string>({ memory, shards }: TestArena<B, V>): Float64Array {
  return memory.f64.slice(memory.sums, memory.sums + shards * memory.sumCount);
}

/** The batch's gradient: the slabs that `passes` published, added in float32 along the tree. */
export function combineSlabs<B extends string, V extends string>(
  arena: TestArena<B, V>,
  passes: readonly Pass[],
): Float32Array {
  const nodes = new Map(passes.flatMap((pass) => pass.published).map((node) => [`${node.first}+${node.count}`, node]));
  const combine = (first: number, count: number): Float32Array => {
    const node = nodes.get(`${first}+${count}`);
    if (node) return arena.memory.f32.slice(node.slab, node.slab + arena.parameterLength);
    const left = leftShards(count);
    const sum = combine(first, left);
    const right = combine(first + left, count - left);
    return sum.map((value, e) => value + right[e]);
  };
  const shards = passes.reduce((total, pass) => total + pass.shardRows.length - 1, 0);
  return combine(0, shards);
}

/** The bits of an array, for comparisons that tell −0 from 0 and one NaN from another. */
export function bits(values: Float32Array | Float64Array): Uint32Array {
  return new Uint32Array(values.slice().buffer);
}
