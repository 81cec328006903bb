import assert from 'node:assert/strict';
import { type Instruction, segmentsOf } from '../../src/coordinator/compiler/lower/instructions.js';
import type { Pass } from '../../src/shared/kernels/pass.js';
import type { KernelCall } from '../../src/shared/kernels/table.js';
import { emptyStages } from '../../src/shared/program/program.js';
import type { Engine, EngineInput } from '../../src/worker/engines/engine.js';
import type { KernelCase } from './kernelCase.js';
import { arenaFor } from './kernelCases.js';
import { bits, combineSlabs, passesFor, read, readParameters, readSums, type TestArena } from './kernelMemory.js';

export type CreateEngine = (input: EngineInput) => Engine;

/** An engine over a test arena whose every stage runs `calls`, its averages those of a case. */
export function engineOver(
  create: CreateEngine,
  arena: TestArena<string, never>,
  calls: readonly Instruction[],
  batchCapacity: number,
  averages: readonly KernelCall[] = [],
): Engine {
  const stage = segmentsOf(calls);
  return create({
    memory: arena.memory,
    stages: {
      ...emptyStages,
      forward: stage,
      backward: stage,
      evaluation: stage,
      prediction: stage,
      averages: [averages],
    },
    batchCapacity,
    passCapacity: batchCapacity,
    passShards: batchCapacity,
    slabLength: arena.parameterLength,
    vectorLength: arena.parameterLength,
  });
}

/** What a batch leaves behind: every row-wise buffer, the sums, and the gradient combined along the tree. */
export interface Outcome {
  readonly buffers: Readonly<Record<string, Float32Array>>;
  readonly sums: Float64Array;
  readonly gradient: Float32Array;
  /** The parameter vector, which only averages change. */
  readonly parameters: Float32Array;
}

/** Runs a case over one batch as `workers` ranks would; `prepare` may change what stands in the arena before. */
export function runCase(
  create: CreateEngine,
  kernelCase: KernelCase,
  rows: number,
  workers: number,
  prepare: (arena: TestArena<string, never>) => void = () => {},
): Outcome {
  const arena = arenaFor(kernelCase, rows);
  prepare(arena);
  const passes = passesFor(rows, arena.shards, workers, { slabs: arena.slabs, step: 5 });
  const calls = kernelCase.calls(arena.at);
  const engine = engineOver(create, arena, calls, rows, kernelCase.averages?.(arena.at));
  segmentsOf(calls).forEach((_, segment) => {
    for (const pass of passes) engine.run('forward', segment, pass);
  });
  if (kernelCase.averages !== undefined) engine.run('averages', 0, passes[0]);
  const names = Object.keys(kernelCase.buffers);
  return {
    buffers: Object.fromEntries(names.map((name) => [name, read(arena, name)])),
    sums: readSums(arena),
    gradient: combineSlabs(arena, passes),
    parameters: readParameters(arena),
  };
}

export function assertSameBits(actual: Outcome, expected: Outcome, what: string): void {
  for (const [name, values] of Object.entries(expected.buffers)) {
    assert.deepEqual(bits(actual.buffers[name]), bits(values), `${what}: ${name}`);
  }
  assert.deepEqual(bits(actual.sums), bits(expected.sums), `${what}: sums`);
  assert.deepEqual(bits(actual.gradient), bits(expected.gradient), `${what}: gradient`);
  assert.deepEqual(bits(actual.parameters), bits(expected.parameters), `${what}: parameters`);
}

/** Runs a case as one rank of several and asserts that nothing outside the rank's share of the arena has changed. */
export function assertStaysInside(
  create: CreateEngine,
  kernelCase: KernelCase,
  rows: number,
  workers: number,
  rank: number,
): void {
  const arena = arenaFor(kernelCase, rows);
  const pass = passesFor(rows, arena.shards, workers, { slabs: arena.slabs, step: 5 })[rank];
  const before = new Uint32Array(arena.bytes).slice();
  const calls = kernelCase.calls(arena.at);
  const engine = engineOver(create, arena, calls, rows);
  for (let segment = 0; segment < segmentsOf(calls).length; segment++) engine.run('forward', segment, pass);
  const after = new Uint32Array(arena.bytes);
  const mayChange = shareOf(arena, kernelCase, pass);
  for (let e = 0; e < after.length; e++) {
    if (before[e] !== after[e]) assert.ok(mayChange(e), `${kernelCase.name}: rank ${rank} wrote element ${e}`);
  }
}

/** Whether an element of the arena is the rank's to write: its rows, its slabs, its shards' sums. */
function shareOf(arena: TestArena<string, never>, { buffers }: KernelCase, pass: Pass): (e: number) => boolean {
  const ranges: [number, number][] = Object.entries(buffers).map(([name, { size }]) => {
    const first = arena.at[name] + pass.firstRow * size;
    return [first, first + pass.rows * size];
  });
  for (const { slab } of pass.published) ranges.push([slab, slab + arena.parameterLength]);
  const { sums, sumCount } = arena.memory;
  const firstSum = 2 * (sums + pass.firstShard * sumCount);
  ranges.push([firstSum, firstSum + 2 * sumCount * (pass.shardRows.length - 1)]);
  return (e) => ranges.some(([from, to]) => e >= from && e < to);
}
