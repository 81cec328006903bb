import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { sgd, Trainer, type TrainerOptions } from '../../src/index.js';
import { findAddon } from '../../src/shared/native/addon.js';
import { Draws } from '../../src/shared/random/rng.js';
import { tfc as tf, tfl } from '../../src/shared/tfjs/tfjs.js';
import {
  Affine,
  Attend,
  Centred,
  Convolution,
  Counting,
  Halves,
  Mix,
  Penalized,
  RootMeanSquare,
  Scaled,
  Seeded,
  TwoModes,
} from '../helpers/ownLayers.js';

/** Laws 1, 2, 4 and 6 for layers of the caller's. */

const { layers } = tfl;
const ROWS = 43;
/** What registers the classes on ranks where TensorFlow.js computes them. */
const modules = [new URL('../helpers/ownLayers.js', import.meta.url)];
const isas = findAddon().addon?.isas() ?? [];
const engines = isas.length === 0 ? (['reference'] as const) : (['native', 'reference'] as const);

function uniforms(count: number, key: number): Float32Array {
  const draws = new Draws([key, 0]).at('split', 0, 0, 0);
  return Float32Array.from({ length: count }, (_, e) => 2 * draws.uniform(e) - 1);
}

const x = { values: uniforms(ROWS * 4, 1), shape: [ROWS, 4] };
const y = { values: uniforms(ROWS * 3, 2), shape: [ROWS, 3] };

/** Models of 4 inputs and 3 outputs. */
const models: Readonly<Record<string, () => LayersModel>> = {
  'a scale for each feature, between layers of Lockstep’s': () =>
    tfl.sequential({
      layers: [layers.dense({ units: 5, inputShape: [4] }), new Scaled({}), layers.dense({ units: 3 })],
    }),
  'products of matrices, and a normalisation': () =>
    tfl.sequential({
      layers: [
        new Affine({ units: 6, inputShape: [4] }),
        layers.activation({ activation: 'relu' }),
        new RootMeanSquare({}),
        new Affine({ units: 3 }),
      ],
    }),
  'sequences and attention': () =>
    tfl.sequential({
      layers: [
        layers.reshape({ targetShape: [2, 2], inputShape: [4] }),
        new Affine({ units: 6 }),
        new Scaled({}),
        new Attend({}),
        layers.dense({ units: 3 }),
      ],
    }),
  images: () =>
    tfl.sequential({
      layers: [
        layers.reshape({ targetShape: [2, 2, 1], inputShape: [4] }),
        new Convolution({}),
        layers.conv2d({ filters: 2, kernelSize: 2 }),
        layers.flatten(),
        layers.dense({ units: 3 }),
      ],
    }),
  'two inputs of one layer, and a layer that is called twice': () => {
    const input = tfl.input({ shape: [4] });
    const scaled = new Scaled({});
    const branches = ['tanh', 'linear'].map((activation) => {
      const made = layers.dense({ units: 3, activation: activation as never }).apply(input);
      return scaled.apply(made) as never;
    });
    return tfl.model({ inputs: input, outputs: new Mix({}).apply(branches) as never });
  },
  'a layer that is frozen, and one of two modes': () =>
    tfl.sequential({
      layers: [
        new Affine({ units: 5, inputShape: [4] }),
        new Scaled({ trainable: false }),
        new TwoModes({}),
        layers.dense({ units: 3 }),
      ],
    }),
};

const options: TrainerOptions = { optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError', seed: 5 };
const fit = { epochs: 2, batchSize: 10, shuffle: false };

async function outcome(model: LayersModel, given: Partial<TrainerOptions> = {}) {
  await using trainer = await Trainer.create(model, { ...options, ...given });
  const { history } = await trainer.fit({ x, y }, fit);
  const { values } = (await trainer.predict({ x })) as { values: Float32Array };
  return { history, fingerprint: trainer.fingerprint(), weights: trainer.weights(), predictions: [...values] };
}

function assertNear(got: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(got.length, expected.length, what);
  for (let i = 0; i < expected.length; i++) {
    assert.ok(
      Math.abs(got[i] - expected[i]) <= 1e-5 * Math.max(1, Math.abs(expected[i])),
      `${what}[${i}]: ${got[i]} instead of ${expected[i]}`,
    );
  }
}

describe('A layer of the caller’s trains as TensorFlow.js trains it', () => {
  for (const [title, make] of Object.entries(models)) {
    for (const engine of engines) {
      test(`${title}, on the ${engine} engine`, async () => {
        const model = make();
        const ours = await outcome(model, { engine });
        model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
        const [xs, ys] = [tf.tensor(x.values, x.shape), tf.tensor(y.values, y.shape)];
        const theirs = await model.fit(xs, ys, { ...fit, verbose: 0 });
        assertNear(ours.history.loss, theirs.history.loss as number[], 'loss');
        const byName = new Map(ours.weights.map(({ name, values }) => [name, values]));
        for (const weight of model.weights) {
          const { originalName } = weight;
          assertNear(byName.get(originalName) as Float32Array, weight.read().dataSync(), originalName);
        }
        assertNear(ours.predictions, (model.predict(xs) as ReturnType<typeof tf.tensor>).dataSync(), 'predictions');
      });
    }
  }
});

describe('The laws hold for it', () => {
  for (const [title, make] of Object.entries(models)) {
    test(`workers and instructions do not matter: ${title}`, async () => {
      const model = make();
      const expected = await outcome(model, { workers: 1 });
      for (const workers of [2, 5, 13])
        assert.deepEqual(await outcome(model, { workers }), expected, `${workers} workers`);
      for (const isa of isas.slice(1)) {
        process.env.LOCKSTEP_ISA = isa;
        try {
          assert.deepEqual(await outcome(model, { workers: 2 }), expected, isa);
        } finally {
          delete process.env.LOCKSTEP_ISA;
        }
      }
    });
  }

  test('resuming does not matter', async () => {
    const model = models['sequences and attention']();
    const expected = await outcome(model);
    const directory = await mkdtemp(join(tmpdir(), 'traced-layers-'));
    try {
      const path = join(directory, 'checkpoint');
      await using before = await Trainer.create(model, options);
      await before.fit({ x, y }, { ...fit, epochs: 1 });
      await before.checkpoint(path);
      await using after = await Trainer.resume(path, { workers: 3 });
      await after.fit({ x, y }, { ...fit, epochs: 1 });
      assert.equal(after.fingerprint(), expected.fingerprint);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('weights drawn from the seed are those that TensorFlow.js’s engine draws', async () => {
    const model = models['products of matrices, and a normalisation']();
    const given = { ...options, initialWeights: 'seed', workers: 1 } as const;
    await using ours = await Trainer.create(model, { ...given, engine: 'reference' });
    await using theirs = await Trainer.create(model, { ...given, engine: 'tfjs', modules });
    assert.deepEqual(ours.weights(), theirs.weights());
  });
});

describe('A layer that cannot be traced is refused with the reason', () => {
  const table = [
    [Centred, /OwnCentred, which does not lower to kernels, as it mixes rows: Sub takes a mean over rows and a row/],
    [Seeded, /draws random numbers by a seed of its own/],
    [Counting, /assigns its weight .*calls as it is called/],
    [Penalized, /has a regularizer/],
    [Halves, /has 2 outputs/],
  ] as const;
  for (const [own, message] of table) {
    test(own.className, async () => {
      const layer = new (own as typeof Centred)({ inputShape: [4] });
      const made = layer.apply(tfl.input({ shape: [4] }));
      const input = ([made].flat()[0] as ReturnType<typeof tfl.input>).inputs[0];
      const model = tfl.model({ inputs: input, outputs: [made].flat()[0] as never });
      const before = model.weights.map((weight) => [...weight.read().dataSync()]);
      await assert.rejects(Trainer.create(model, { ...options, engine: 'reference' }), {
        code: 'UNSUPPORTED_LAYER',
        message,
      });
      assert.deepEqual(
        model.weights.map((weight) => [...weight.read().dataSync()]),
        before,
        'its weights have changed',
      );
      await assert.rejects(Trainer.create(model, options), { code: 'UNSUPPORTED_LAYER', message: /in modules/ });
      const { engine, engineReason } = await Trainer.describe(model, { ...options, modules });
      assert.match(engineReason, message);
      assert.match(engine, /tensorflow|tfjs/);
    });
  }
});
