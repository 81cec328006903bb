import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { lower } from '../src/coordinator/compiler/lower/index.js';
import { place } from '../src/coordinator/compiler/plan/layout.js';
import { describeModel } from '../src/coordinator/models/describe.js';
import { modelFromLayers } from '../src/coordinator/models/fromLayers.js';
import { readObjectives } from '../src/coordinator/options/objectives.js';
import { adam, Trainer } from '../src/index.js';
import { planPass } from '../src/shared/partition/shardPlan.js';

/** The shortest tour of the whole system: one batch from a config to a synchronized update, stage by stage. */

const layers = [
  { type: 'Dense', units: 4, activation: 'relu', inputShape: [2] },
  { type: 'Dense', units: 1, activation: 'sigmoid' },
];
const objective = { loss: 'binaryCrossentropy', metrics: ['accuracy'] } as const;

// Exclusive or: the smallest thing a linear model cannot learn.
const data = {
  x: new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]),
  y: new Float32Array([0, 1, 1, 0]),
};

test('1. a model is lowered to a program: kernel calls as plain data', () => {
  const program = lower(describeModel(modelFromLayers(layers, 'tour').model), readObjectives(objective, ['out']));
  const kernels = (stage: 'forward' | 'backward'): string[] => program.stages[stage].flat().map((call) => call.kernel);
  assert.deepEqual(kernels('forward'), [
    'denseForward',
    'denseForward',
    'weightSums',
    'sigmoidCrossEntropy',
    'binaryAccuracy',
  ]);
  assert.deepEqual(kernels('backward'), ['denseWeightGradient', 'denseInputGradient', 'denseWeightGradient']);
  assert.deepEqual(
    program.parameters.map(({ name, offset }) => [name, offset]),
    [
      ['dense/kernel', 0],
      ['dense/bias', 16],
      ['dense_1/kernel', 32],
      ['dense_1/bias', 48],
    ],
  );
});

test('2. the program is placed in an arena that all ranks share', () => {
  const program = lower(describeModel(modelFromLayers(layers, 'tour').model), readObjectives(objective, ['out']));
  const { layout } = place(program, adam(), { workers: 2, shards: 4 }, 4);
  assert.equal(layout.regions.parameters.byteLength, 64 * 4);
  assert.equal(layout.regions.moments.byteLength, 2 * 64 * 4, 'Adam keeps m and v');
  assert.equal(layout.regions.slabs.byteLength, 2 * 64 * 4, 'each of two ranks publishes one subtree');
});

test('3. every rank gets a contiguous range of shards, and the tree says how their gradients are added', () => {
  const [left, right] = [0, 1].map((rank) => planPass(10, rank, { workers: 2, shards: 4 }, { first: 0, stride: 64 }));
  assert.deepEqual(left.pass.shardRows, [0, 3, 6]);
  assert.deepEqual(right.pass.shardRows, [6, 8, 10]);
  assert.deepEqual([...left.adds], [0, 64], 'slab of rank 0 += slab of rank 1');
});

test('4. a trainer runs the steps on its ranks, and the model learns', async () => {
  await using trainer = await Trainer.create(layers, {
    ...objective,
    optimizer: adam({ learningRate: 0.05 }),
    workers: 2,
    seed: 3,
  });
  const { history } = await trainer.fit(data, { epochs: 200, batchSize: 4 });
  assert.equal(trainer.step, 200);
  assert.ok(history.loss[199] < 0.1, `loss ${history.loss[199]}`);
  const { values, shape } = await trainer.predict(data);
  assert.deepEqual(shape, [4, 1]);
  assert.deepEqual(Array.from(values, Math.round), [0, 1, 1, 0]);
});

test('5. one worker or three, stopped and resumed or not: the same bits', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  await using alone = await Trainer.create(layers, { ...objective, optimizer: 'adam', workers: 1 });
  await alone.fit(data, { epochs: 6, batchSize: 3 });

  await using first = await Trainer.create(layers, { ...objective, optimizer: 'adam', workers: 3 });
  await first.fit(data, { epochs: 4, batchSize: 3 });
  await first.checkpoint(join(folder, 'halfway.ckpt'));
  await using second = await Trainer.resume(join(folder, 'halfway.ckpt'), { workers: 2 });
  await second.fit(data, { epochs: 2, batchSize: 3 });

  assert.equal(second.fingerprint(), alone.fingerprint());
  await rm(folder, { recursive: true });
});
