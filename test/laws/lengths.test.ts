import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as tfc from '@tensorflow/tfjs-core';
import { modelFromLayers } from '../../src/coordinator/models/fromLayers.js';
import { type DatasetBatch, type LayerConfig, type LossName, sgd, Trainer } from '../../src/index.js';
import type { Fault } from '../../src/shared/protocol/faults.js';
import { Draws } from '../../src/shared/random/rng.js';
import { Choices, FaultPlan, faultyOptions, RandomSnapshots } from '../helpers/faults.js';

/** Models that leave lengths open: each batch has its own. */

interface Case {
  readonly title: string;
  readonly layers: readonly LayerConfig[];
  readonly loss: LossName;
  /** Shapes of one row and of its targets, for sequences of that length. */
  readonly x: (length: number) => number[];
  readonly y: (length: number) => number[];
  /** Whether inputs are indices. */
  readonly words?: true;
}

const cases: readonly Case[] = [
  {
    title: 'an LSTM',
    layers: [
      { type: 'LSTM', units: 5, inputShape: [null, 3] },
      { type: 'Dense', units: 2 },
    ],
    loss: 'meanSquaredError',
    x: (length) => [length, 3],
    y: () => [2],
  },
  {
    title: 'a GRU with a target a step',
    layers: [
      { type: 'GRU', units: 4, returnSequences: true, resetAfter: false, inputShape: [null, 3] },
      { type: 'Dense', units: 1 },
    ],
    loss: 'meanSquaredError',
    x: (length) => [length, 3],
    y: (length) => [length, 1],
  },
  {
    title: 'words of an Embedding through a convolution',
    layers: [
      { type: 'Embedding', inputDim: 7, outputDim: 4, inputShape: [null] },
      { type: 'Conv1D', filters: 3, kernelSize: 3, padding: 'same', activation: 'tanh' },
      { type: 'GlobalAveragePooling1D' },
      { type: 'Dense', units: 1, activation: 'sigmoid' },
    ],
    loss: 'binaryCrossentropy',
    x: (length) => [length],
    y: () => [1],
    words: true,
  },
  {
    title: 'masked sequences',
    layers: [
      { type: 'Embedding', inputDim: 7, outputDim: 4, maskZero: true, inputShape: [null] },
      { type: 'LSTM', units: 3 },
      { type: 'Dense', units: 1, activation: 'sigmoid' },
    ],
    loss: 'binaryCrossentropy',
    x: (length) => [length],
    y: () => [1],
    words: true,
  },
  {
    title: 'images of any size',
    layers: [
      { type: 'Conv2D', filters: 2, kernelSize: 3, activation: 'relu', inputShape: [null, null, 2] },
      { type: 'GlobalMaxPooling2D' },
      { type: 'Dense', units: 1 },
    ],
    loss: 'meanSquaredError',
    x: (length) => [length + 2, length, 2],
    y: () => [1],
  },
];

const lengths = [4, 7, 4, 11, 5, 7];
const draws = new Draws([3, 0]);

/** Batch number `i`, of 5 rows and then 3. */
function batchOf({ x, y, words }: Case, i: number) {
  const rows = i === lengths.length - 1 ? 3 : 5;
  const of = (shape: number[], stream: number, value: (at: number) => number) => {
    draws.at('initialize', stream, i, 0);
    const size = shape.reduce((a, b) => a * b, rows);
    return { values: Float32Array.from({ length: size }, (_, at) => value(at)), shape: [rows, ...shape] };
  };
  const inputs = of(x(lengths[i]), 200, (at) => (words ? draws.word(at) % 7 : draws.uniform(at) * 2 - 1));
  return { x: inputs, y: of(y(lengths[i]), 201, (at) => (words ? draws.word(at) % 2 : draws.uniform(at))) };
}

const batchesOf = (given: Case) => () => lengths.map((_, i): DatasetBatch => batchOf(given, i));

/** The model with one length for all rows. */
function withLength(given: Case, length: number): LayerConfig[] {
  const [first, ...others] = given.layers;
  return [{ ...first, inputShape: given.x(length) }, ...others];
}

const optionsOf = ({ loss }: Case) => ({ optimizer: 'adam', loss, seed: 5 }) as const;

async function trained(given: Case, workers: number, engine: 'native' | 'reference' = 'native') {
  await using trainer = await Trainer.create(given.layers, { ...optionsOf(given), workers, engine });
  const { history } = await trainer.fit(batchesOf(given), { epochs: 2, validationData: batchesOf(given) });
  return { fingerprint: trainer.fingerprint(), history, weights: trainer.weights() };
}

for (const given of cases) {
  describe(given.title, () => {
    test('has the same bits for any number of workers', async () => {
      const one = await trained(given, 1);
      for (const workers of [2, 5]) assert.deepEqual(await trained(given, workers), one);
    });

    test('is evaluated, predicted and trained on as with that length alone', async () => {
      const options = { ...optionsOf(given), workers: 2 };
      await using trainer = await Trainer.create(given.layers, options);
      for (const i of [3, 0, 3]) {
        const batch = batchOf(given, i);
        await using fixed = await Trainer.create(withLength(given, lengths[i]), options);
        fixed.setWeights(trainer.weights().map(({ values }) => values));
        assert.deepEqual(await trainer.evaluate(batch), await fixed.evaluate(batch));
        assert.deepEqual(await trainer.predict(batch.x), await fixed.predict(batch.x));
        assert.deepEqual(await trainer.trainOnBatch(batch), await fixed.trainOnBatch(batch));
        if (trainer.step === 1) assert.deepEqual(trainer.weights(), fixed.weights());
      }
    });

    test('trains to the weights of TensorFlow.js within 1e-4', async () => {
      const { model } = modelFromLayers(given.layers, 'twin');
      const options = { optimizer: sgd({ learningRate: 0.1 }), loss: given.loss, workers: 2 } as const;
      await using trainer = await Trainer.create(given.layers, options);
      const ours = trainer.weights();
      const weights = model.layers.flatMap((layer) => layer.weights);
      for (const [i, weight] of weights.entries()) weight.write(tfc.tensor(ours[i].values, [...ours[i].shape]));
      model.compile({ optimizer: tfc.train.sgd(0.1), loss: given.loss });
      for (const [i] of lengths.entries()) {
        const { x, y } = batchOf(given, i);
        await model.trainOnBatch(tfc.tensor(x.values, x.shape), tfc.tensor(y.values, y.shape));
      }
      await trainer.fit(batchesOf(given));
      const theirs = weights.map((weight) => weight.read().dataSync());
      trainer.weights().forEach(({ name, values }, i) => {
        values.forEach((value, at) => {
          assert.ok(Math.abs(value - theirs[i][at]) < 1e-4, `${name}[${at}]: ${value}, not ${theirs[i][at]}`);
        });
      });
    });
  });
}

describe('A run over rows of several lengths', () => {
  const [given] = cases;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  });
  after(() => rm(folder, { recursive: true }));

  test('goes on after an interruption to the same bits', async () => {
    const { fingerprint } = await trained(given, 1);
    for (const step of [1, 3, 8]) {
      const controller = new AbortController();
      const onBatchEnd = (_: number, __: unknown, fit: { readonly step: number }): void => {
        if (fit.step === step) controller.abort();
      };
      await using first = await Trainer.create(given.layers, { ...optionsOf(given), workers: 2 });
      const { signal } = controller;
      const options = { epochs: 2, validationData: batchesOf(given) };
      const stopped = first.fit(batchesOf(given), { ...options, callbacks: { onBatchEnd }, signal });
      await assert.rejects(stopped, { code: 'ABORTED' });
      const path = join(folder, `${step}.ckpt`);
      await first.checkpoint(path);
      await using second = await Trainer.resume(path, { workers: 1 });
      // The callback has no state, and is given again as the fit had it.
      await second.fit(batchesOf(given), options);
      assert.equal(second.fingerprint(), fingerprint, `step ${step}`);
    }
  });

  test('has the same bits whatever faults befall the ranks', async () => {
    const { fingerprint } = await trained(given, 1);
    const plan = new FaultPlan();
    const options = { ...optionsOf(given), workers: 2, maxRestarts: 9 };
    const faulty = faultyOptions(options, plan, new RandomSnapshots(new Choices(5)));
    await using trainer = await Trainer.create(given.layers, faulty);
    plan.arm(
      [1, 4, 5, 9].map((step): Fault => ({ kind: step % 2 ? 'throw' : 'exit', rank: step % 2, step, phase: 'update' })),
    );
    await trainer.fit(batchesOf(given), { epochs: 2, validationData: batchesOf(given) });
    assert.equal(plan.pending, 0);
    assert.equal(trainer.fingerprint(), fingerprint);
  });

  test('may be one over rows of one length in memory, and a source of them', async () => {
    const batch = batchOf(given, 1);
    await using trainer = await Trainer.create(given.layers, { ...optionsOf(given), workers: 1 });
    await using fixed = await Trainer.create(withLength(given, 7), { ...optionsOf(given), workers: 1 });
    for (const one of [trainer, fixed]) await one.fit(batch, { epochs: 2, batchSize: 2, validationSplit: 0.4 });
    assert.equal(trainer.fingerprint(), fixed.fingerprint());
    const read = (rows: Int32Array) => {
      const values = [...rows].flatMap((row) => [...batch.x.values.subarray(row * 21, row * 21 + 21)]);
      const y = [...rows].flatMap((row) => [...batch.y.values.subarray(row * 2, row * 2 + 2)]);
      return { x: { values, shape: [rows.length, 7, 3] }, y: { values: y, shape: [rows.length, 2] } };
    };
    for (const one of [trainer, fixed]) await one.fit({ rows: 5, read }, { batchSize: 2 });
    assert.equal(trainer.fingerprint(), fixed.fingerprint());
  });

  test('tells what does not fit', async () => {
    await using trainer = await Trainer.create(cases[1].layers, { ...optionsOf(cases[1]), workers: 1 });
    const y = [[[1]]];
    await assert.rejects(trainer.trainOnBatch({ x: [[[1, 2]]], y }), {
      code: 'SHAPE_MISMATCH',
      message: /^x has shape \[1, 1, 2\], but the model takes \[rows, null, 3\] with any length for null/,
    });
    await assert.rejects(trainer.trainOnBatch({ x: new Float32Array(6), y }), {
      code: 'INVALID_DATA',
      message: /does not say its shape.*give a tensor, nested arrays, or \{ values, shape \}/,
    });
    await assert.rejects(trainer.predict(batchesOf(cases[1])), {
      code: 'SHAPE_MISMATCH',
      message: /has rows of shape \[4, 1\] and, for a later batch, \[7, 1\]; call predict once for each length/,
    });
    assert.throws(() => trainer.inputShape, {
      code: 'UNKNOWN_SHAPE',
      message: /lengths of its rows open, \[null, 3\]/,
    });
    assert.deepEqual(
      trainer.describe().layers.map(({ outputShape }) => outputShape),
      [
        [null, null, 4],
        [null, null, 1],
      ],
    );
  });
});
