import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KernelCall } from '../../src/shared/kernels/table.js';
import { emptyStages, type Segments, type Stages } from '../../src/shared/program/program.js';
import { createNativeEngine } from '../../src/worker/engines/native.js';
import type { KernelCase } from '../helpers/kernelCase.js';
import { arenaFor } from '../helpers/kernelCases.js';
import { bits, combineSlabs, passesFor, read } from '../helpers/kernelMemory.js';
import { windowArguments } from '../helpers/windows.js';
import { skipReason } from './nativeCases.js';

/** Two convolutions and two poolings over images large enough to be run a few rows at a time. */
const first = windowArguments({ image: [28, 28, 1], window: [3, 3], padding: 'valid' });
const firstPool = windowArguments({ image: [26, 26, 32], window: [2, 2], strides: [2, 2], padding: 'valid' });
const second = windowArguments({ image: [13, 13, 32], window: [3, 3], padding: 'same' });
const sizes = { x: 784, y: 26 * 26 * 32, pooled: 13 * 13 * 32, z: 13 * 13 * 20 };
const weights = { w1: 0, b1: 288, w2: 320, b2: 320 + 9 * 32 * 20 };

const uniform = (size: number) => ({ size, content: { kind: 'uniform', low: -1, high: 1 } }) as const;
const unwritten = (size: number) => ({ size, content: { kind: 'unwritten' } }) as const;

const network: KernelCase = {
  name: 'two convolutions',
  buffers: {
    x: uniform(sizes.x),
    y: unwritten(sizes.y),
    pooled: unwritten(sizes.pooled),
    z: unwritten(sizes.z),
    dz: uniform(sizes.z),
    dPooled: unwritten(sizes.pooled),
    dy: unwritten(sizes.y),
  },
  parameterLength: weights.b2 + 32,
  sumCount: 0,
  calls: () => [],
};

function stagesOf({
  x,
  y,
  pooled,
  z,
  dz,
  dPooled,
  dy,
}: Readonly<Record<string, number>>): Stages<readonly KernelCall[]> {
  const { w1, b1, w2, b2 } = weights;
  return {
    ...emptyStages,
    forward: [
      { kernel: 'conv2dForward', args: { x, w: w1, b: b1, y, ...first, filters: 32, activation: 1 } },
      { kernel: 'maxPool2dForward', args: { x: y, y: pooled, ...firstPool } },
      { kernel: 'conv2dForward', args: { x: pooled, w: w2, b: b2, y: z, ...second, filters: 20, activation: 3 } },
    ],
    backward: [
      { kernel: 'conv2dWeightGradient', args: { x: pooled, dy: dz, w: w2, b: b2, ...second, filters: 20 } },
      {
        kernel: 'conv2dInputGradient',
        args: { dy: dz, w: w2, x: pooled, dx: dPooled, ...second, filters: 20, activation: 0 },
      },
      {
        kernel: 'maxPool2dBackward',
        args: { x: y, y: pooled, dy: dPooled, dx: dy, ...firstPool, activation: 1, shared: 0 },
      },
      { kernel: 'conv2dWeightGradient', args: { x, dy, w: w1, b: b1, ...first, filters: 32 } },
    ],
  };
}

test('rows that travel a few at a time leave the same bits as all rows at once', { skip: skipReason }, () => {
  for (const [rows, workers] of [
    [97, 1],
    [97, 2],
    [64, 3],
  ]) {
    const chunked = train(rows, workers, (stages) => [stages]);
    const whole = train(rows, workers, oneCallEach);
    assert.deepEqual(bits(chunked.z), bits(whole.z), `${rows} rows, ${workers} workers: forward`);
    assert.deepEqual(bits(chunked.gradient), bits(whole.gradient), `${rows} rows, ${workers} workers: gradient`);
  }
});

/** Stages of a single call are never cut. */
function oneCallEach(stages: Stages<readonly KernelCall[]>): Stages<readonly KernelCall[]>[] {
  return [
    ...stages.forward.map((call) => ({ ...emptyStages, forward: [call] })),
    ...stages.backward.map((call) => ({ ...emptyStages, backward: [call] })),
  ];
}

/** Stages without sync points. */
function inOneSegment(stages: Stages<readonly KernelCall[]>): Stages<Segments> {
  const wrapped = Object.entries(stages).map(([name, calls]) => [name, [calls]]);
  return Object.fromEntries(wrapped) as Stages<Segments>;
}

function train(
  rows: number,
  workers: number,
  cut: (stages: Stages<readonly KernelCall[]>) => Stages<readonly KernelCall[]>[],
) {
  const arena = arenaFor(network, rows);
  const passes = passesFor(rows, arena.shards, workers, { slabs: arena.slabs });
  for (const stages of cut(stagesOf(arena.at))) {
    const engine = createNativeEngine({
      memory: arena.memory,
      stages: inOneSegment(stages),
      batchCapacity: rows,
      passCapacity: rows,
      passShards: rows,
      slabLength: arena.parameterLength,
      vectorLength: arena.parameterLength,
    });
    for (const pass of passes) engine.run('forward', 0, pass);
    for (const pass of passes) engine.run('backward', 0, pass);
  }
  return { z: read(arena, 'z'), gradient: combineSlabs(arena, passes) };
}
