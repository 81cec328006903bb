import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type Prediction, sgd, Trainer, type TrainerOptions } from '../../src/index.js';
import { findAddon } from '../../src/shared/native/addon.js';
import { normalQuantile } from '../../src/shared/random/normalQuantile.js';
import * as rng from '../../src/shared/random/rng.js';
import { tfc as tf, tfl } from '../../src/shared/tfjs/tfjs.js';
import { Draws, Noisy, Sampling } from '../helpers/ownLayers.js';

/** Laws 1, 2, 4, 6 and 7 for what layers and losses of the caller's draw at random. */

const { layers } = tfl;
const ROWS = 43;
const SEED = 5;
const isas = findAddon().addon?.isas() ?? [];
const engines = isas.length === 0 ? (['reference'] as const) : (['native', 'reference'] as const);

function uniforms(count: number, key: number): Float32Array {
  const draws = new rng.Draws([key, 0]).at('split', 0, 0, 0);
  return Float32Array.from({ length: count }, (_, e) => 2 * draws.uniform(e) - 1);
}

const x = { values: uniforms(ROWS * 4, 1), shape: [ROWS, 4] };
const y = { values: uniforms(ROWS * 3, 2), shape: [ROWS, 3] };
const options: TrainerOptions = { optimizer: sgd({ learningRate: 0.1 }), loss: 'meanSquaredError', seed: SEED };
const fit = { epochs: 2, batchSize: 10 };

/** Two features of a normal distribution that four inputs give. */
function sampled(sample: (mean: never, logVariance: never, inputs: never[]) => never): LayersModel {
  const input = tfl.input({ shape: [4] });
  const noise = tfl.input({ shape: [2] });
  const [mean, logVariance] = ['mean', 'logVariance'].map((name) => layers.dense({ units: 2, name }).apply(input));
  const inputs: never[] = [input as never];
  const code = sample(mean as never, logVariance as never, Object.assign(inputs, { noise }) as never[]);
  return tfl.model({ inputs, outputs: layers.dense({ units: 3, name: 'out' }).apply(code) as never });
}

const models: Readonly<Record<string, () => LayersModel>> = {
  'a sampling layer': () => sampled((mean, logVariance) => new Sampling({}).apply([mean, logVariance]) as never),
  'a dropout of one’s own': () =>
    tfl.sequential({
      layers: [layers.dense({ units: 6, inputShape: [4] }), new Noisy({}), new Noisy({}), layers.dense({ units: 3 })],
    }),
};

async function outcome(model: LayersModel, given: Partial<TrainerOptions> = {}) {
  await using trainer = await Trainer.create(model, { ...options, ...given });
  const { history } = await trainer.fit({ x, y }, fit);
  const { values } = (await trainer.predict({ x }, { batchSize: 10 })) as Prediction;
  return { history, fingerprint: trainer.fingerprint(), predictions: [...values] };
}

describe('Workers, instructions and an interruption do not matter to', () => {
  for (const [title, make] of Object.entries(models)) {
    test(title, async () => {
      const model = make();
      const expected = await outcome(model, { workers: 1 });
      for (const workers of [2, 5, 13]) assert.deepEqual(await outcome(model, { workers }), expected);
      for (const isa of isas.slice(1)) {
        process.env.LOCKSTEP_ISA = isa;
        try {
          assert.deepEqual(await outcome(model, { workers: 2 }), expected, isa);
        } finally {
          delete process.env.LOCKSTEP_ISA;
        }
      }
      const directory = await mkdtemp(join(tmpdir(), 'draws-'));
      try {
        const path = join(directory, 'checkpoint');
        await using before = await Trainer.create(model, options);
        await before.fit({ x, y }, { ...fit, epochs: 1 });
        await before.checkpoint(path);
        await using after = await Trainer.resume(path, { workers: 3 });
        await after.fit({ x, y }, { ...fit, epochs: 1 });
        assert.equal(after.fingerprint(), expected.fingerprint);
        const { values } = after.predictSync({ x }, { batchSize: 10 }) as Prediction;
        assert.deepEqual([...values], expected.predictions, 'predictions at once');
      } finally {
        await rm(directory, { recursive: true });
      }
    });
  }

  test('a loss that draws', async () => {
    const smoothed = (t: Tensor, p: Tensor): Tensor =>
      tf.mean(tf.square(tf.sub(tf.add(t, tf.randomNormal(t.shape, 0, 0.1)), p)), -1);
    const model = tfl.sequential({ layers: [layers.dense({ units: 3, inputShape: [4] })] });
    const expected = await outcome(model, { loss: smoothed, workers: 1 });
    for (const workers of [2, 5]) assert.deepEqual(await outcome(model, { loss: smoothed, workers }), expected);
    assert.notDeepEqual(await outcome(model, { loss: smoothed, seed: 6 }), expected);
  });
});

describe('With what was drawn given as an input, TensorFlow.js takes the same steps:', () => {
  for (const engine of engines) {
    test(`a sampling layer on the ${engine} engine`, async () => {
      const model = models['a sampling layer']();
      await using trainer = await Trainer.create(model, { ...options, engine });
      const given = sampled((mean, logVariance, inputs) => {
        const { noise } = inputs as never[] & { noise: never };
        inputs.push(noise);
        return new Given({}).apply([mean, logVariance, noise]) as never;
      });
      given.setWeights(model.getWeights());
      given.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
      for (let step = 0; step < 3; step++) {
        const draws = new rng.Draws(rng.seedHalves(SEED));
        const noise = Float32Array.from({ length: ROWS * 2 }, (_, e) => {
          const word = draws.at('noise', 0, step, Math.floor(e / 2)).uniform(e % 2);
          return normalQuantile(word + 2 ** -25);
        });
        const inputs = [tf.tensor(x.values, x.shape), tf.tensor2d(noise, [ROWS, 2])];
        const theirs = (await given.trainOnBatch(inputs, tf.tensor(y.values, y.shape))) as number;
        const { loss } = await trainer.trainOnBatch({ x, y });
        assert.ok(Math.abs(loss - theirs) < 1e-5, `step ${step}: ${loss} instead of ${theirs}`);
      }
      const expected = given.getWeights().flatMap((weight) => [...weight.dataSync()]);
      const got = trainer.weights().flatMap(({ values }) => [...values]);
      for (const [i, value] of got.entries()) {
        assert.ok(Math.abs(value - expected[i]) < 1e-5, `${value} instead of ${expected[i]}`);
      }
    });
  }
});

test('Draws have the distributions that they were asked for, others in each row and at each step', async () => {
  const rows = 3000;
  const features = 12;
  const model = tfl.sequential({
    layers: [layers.dense({ units: 3, inputShape: [3], useBias: false }), new Draws({})],
  });
  model.setWeights([tf.eye(3)]);
  await using trainer = await Trainer.create(model, options);
  const inputs = { values: uniforms(rows * 3, 3), shape: [rows, 3] };
  const { values } = (await trainer.predict({ x: inputs }, { batchSize: rows })) as Prediction;
  const part = (first: number): number[] => [...values].filter((_, e) => Math.floor((e % features) / 3) === first);
  const expected = [
    { mean: 1, deviation: 4 / Math.sqrt(12), low: -1, high: 3 },
    { mean: 0.5, deviation: 2, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY },
    // The deviation of a normal distribution cut at two deviations is 0.8796 of its own.
    { mean: 1, deviation: 3 * 0.87962566, low: -5, high: 7 },
  ];
  expected.forEach(({ mean, deviation, low, high }, first) => {
    const drawn = part(first);
    const found = drawn.reduce((a, b) => a + b, 0) / drawn.length;
    const spread = Math.sqrt(drawn.reduce((sum, value) => sum + (value - found) ** 2, 0) / drawn.length);
    const slack = (5 * deviation) / Math.sqrt(drawn.length);
    assert.ok(Math.abs(found - mean) < slack, `mean ${found} instead of ${mean}`);
    assert.ok(Math.abs(spread - deviation) < slack, `deviation ${spread} instead of ${deviation}`);
    assert.ok(Math.min(...drawn) >= low && Math.max(...drawn) <= high);
    assert.ok(new Set(drawn).size > 0.99 * drawn.length, 'numbers come again');
  });
  assert.deepEqual(part(3), [...inputs.values]);
});

/** What a sampling layer does with draws that it is given. */
class Given extends layers.Layer {
  static readonly className = 'OwnGiven';

  override call(inputs: Tensor | Tensor[]): Tensor {
    const [mean, logVariance, noise] = inputs as Tensor[];
    return tf.tidy(() => tf.add(mean, tf.mul(tf.exp(tf.mul(logVariance, 0.5)), noise)));
  }

  override computeOutputShape(shapes: unknown): never {
    return (shapes as never[])[0];
  }
}
