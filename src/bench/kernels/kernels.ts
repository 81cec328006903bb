import { fault } from '../../shared/errors.js';
import type { KernelMemory, Pass } from '../../shared/kernels/pass.js';
import type { KernelCall } from '../../shared/kernels/table.js';
import { alignedSharedMemory } from '../../shared/memory/alignedMemory.js';
import { findAddon, type InstructionSet } from '../../shared/native/addon.js';
import { maximalSubtrees, shardStart } from '../../shared/partition/tree.js';
import { emptyStages } from '../../shared/program/program.js';
import type { Engine } from '../../worker/engines/engine.js';
import { createNativeEngine } from '../../worker/engines/native.js';
import type { KernelBenchCase } from './case.js';
import { kernelBenchCases } from './cases.js';

export interface KernelBenchOptions {
  /** The build of the kernels; default the best one the processor has. */
  readonly isa?: InstructionSet;
  /** Milliseconds spent on each row; the best run counts. Default 200. */
  readonly milliseconds?: number;
  /** Shards of the pass; default 4, a rank's share of 8 when there are two ranks. */
  readonly shards?: number;
}

/** One line of `lockstep bench kernels`: one kernel at one shape, on one core. */
export interface KernelBenchRow {
  readonly kernel: string;
  readonly shape: string;
  readonly isa: InstructionSet;
  readonly microseconds: number;
  /** Floating-point operations that the mathematics needs, over the time. */
  readonly gflops: number;
  /** Bytes that must move at least, over the time. */
  readonly gbps: number;
  /** Share of the peak that bounds the kernel: fma's for products, memory for the rest. */
  readonly shareOfPeak: number;
}

export interface KernelBench {
  readonly isa: InstructionSet;
  readonly peaks: { readonly gigaflops: number; readonly readGigabytes: number; readonly addGigabytes: number };
  readonly rows: readonly KernelBenchRow[];
}

/** Measures native kernels one by one on the calling thread, beside the peaks of the core. */
export function benchKernels(options: KernelBenchOptions = {}): KernelBench {
  const found = findAddon();
  if (found.addon === null) throw fault('NATIVE_MISSING', `There are no native kernels to measure: ${found.reason}.`);
  const isa = options.isa ?? found.addon.isas()[0];
  const peaks = found.addon.peaks(isa);
  const rows = kernelBenchCases.map((benchCase): KernelBenchRow => {
    const seconds = bestSeconds(prepare(benchCase, isa, options.shards ?? 4), options.milliseconds ?? 200);
    const gflops = benchCase.flops / seconds / 1e9;
    const gbps = benchCase.bytes / seconds / 1e9;
    const shareOfPeak = benchCase.flops > 0 ? gflops / peaks.gigaflops : gbps / peaks.addGigabytes;
    const { kernel, shape } = benchCase;
    return { kernel, shape, isa, microseconds: seconds * 1e6, gflops, gbps, shareOfPeak };
  });
  return { isa, peaks, rows };
}

/** An arena with the case's buffers behind each other, and what to time over it. */
function prepare(benchCase: KernelBenchCase, isa: InstructionSet, shards: number): () => void {
  const { rows, records, parameterLength, words, sumCount = 1 } = benchCase;
  const offsets: number[] = [];
  let end = 0;
  const take = (elements: number): number => {
    const start = end;
    end += Math.ceil(elements / 16) * 16;
    return start;
  };
  for (const record of records) offsets.push(take(record * rows));
  const [parameters, slab, m, v] = [0, 1, 2, 3].map(() => take(parameterLength));
  const sums = take(2 * sumCount * shards) / 2;
  const memory = filledMemory(end, parameters, sums, sumCount);
  if (words !== undefined) fillWords(memory, offsets[0], records[0] * rows, words);
  const calls = benchCase.calls(offsets);
  const engine = engineOver(memory, calls, isa, rows, parameterLength);
  if (benchCase.kernel === 'adam') {
    const slice = { parameters, gradient: slab, vectors: [m, v, -1], from: 0, to: parameterLength };
    const untreated = { gradientScale: 1, clip: Number.POSITIVE_INFINITY, weightLoss: 0 };
    const scalars = [1e-6, 0.9, 0.999, 1e-7];
    return () => engine.update('adam', { ...slice, ...untreated, scalars });
  }
  if (benchCase.kernel === 'reduce') {
    const adds = Int32Array.of(slab, m);
    return () => engine.reduce(adds, 0, parameterLength);
  }
  const pass = passOver(rows, shards, slab);
  return () => engine.run('forward', 0, pass);
}

/** Words over the whole vocabulary, in no order. */
function fillWords({ i32 }: KernelMemory, at: number, count: number, words: number): void {
  for (let e = 0; e < count; e++) i32[at + e] = (e * 7919) % words;
}

function filledMemory(elements: number, parameters: number, sums: number, sumCount: number): KernelMemory {
  const memory = alignedSharedMemory(elements * 4);
  const f32 = new Float32Array(memory);
  for (let e = 0; e < f32.length; e++) f32[e] = ((e * 7919) % 1021) / 1021 - 0.5;
  return {
    f32,
    f64: new Float64Array(memory),
    i32: new Int32Array(memory),
    parameters,
    sums,
    sumCount,
    seed: [42, 0],
  };
}

function engineOver(
  memory: KernelMemory,
  calls: readonly KernelCall[],
  isa: InstructionSet,
  batchCapacity: number,
  parameterLength: number,
): Engine {
  const stages = { ...emptyStages, forward: [calls] };
  const limits = { batchCapacity, passCapacity: batchCapacity, passShards: batchCapacity };
  const lengths = { ...limits, slabLength: parameterLength, vectorLength: parameterLength };
  return createNativeEngine({ memory, stages, ...lengths }, { isa });
}

function passOver(rows: number, shards: number, slab: number): Pass {
  const shardRows = Array.from({ length: shards + 1 }, (_, shard) => shardStart(rows, shards, shard));
  const published = maximalSubtrees(shards, 0, shards).map((node) => ({ ...node, slab }));
  return { firstRow: 0, rows, batchRows: rows, batchShards: shards, firstShard: 0, shardRows, published, step: 0 };
}

/** The fastest run: noise only ever slows one down. */
function bestSeconds(work: () => void, milliseconds: number): number {
  work();
  const end = performance.now() + milliseconds;
  let best = Number.POSITIVE_INFINITY;
  while (performance.now() < end) {
    const before = process.hrtime.bigint();
    work();
    best = Math.min(best, Number(process.hrtime.bigint() - before) / 1e9);
  }
  return best;
}
