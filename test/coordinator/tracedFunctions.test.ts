import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type LabelledData, type LayerConfig, sgd, Trainer, type TrainerOptions } from '../../src/index.js';
import { findAddon } from '../../src/shared/native/addon.js';
import { packageRoot } from '../../src/shared/packageRoot.js';
import { Draws } from '../../src/shared/random/rng.js';
import { tfc as tf, tfl } from '../../src/shared/tfjs/tfjs.js';

const ROWS = 43;

function uniforms(count: number, key: number): Float32Array {
  const draws = new Draws([key, 0]).at('split', 0, 0, 0);
  return Float32Array.from({ length: count }, (_, e) => 2 * draws.uniform(e) - 1);
}

const scale = tf.tensor1d([1, 2, 0.5]);
const scaledError = (t: Tensor, p: Tensor): Tensor => {
  const error = tf.abs(tf.mul(scale, tf.sub(t, p)));
  return tf.mean(tf.where(tf.greater(t, 0), tf.square(error), tf.log1p(error)), -1);
};
const meanOfRoots = (t: Tensor, p: Tensor): Tensor => tf.mean(tf.sqrt(tf.add(tf.square(tf.sub(t, p)), 1)));
const within = (t: Tensor, p: Tensor): Tensor => tf.less(tf.abs(tf.sub(t, p)), 0.5);

const layers: readonly LayerConfig[] = [
  { type: 'Dense', units: 6, activation: 'tanh', inputShape: [4] },
  { type: 'Dense', units: 3 },
];
const data: LabelledData = {
  x: { values: uniforms(ROWS * 4, 1), shape: [ROWS, 4] },
  y: { values: uniforms(ROWS * 3, 2), shape: [ROWS, 3] },
};
const options: TrainerOptions = {
  optimizer: sgd({ learningRate: 0.1 }),
  loss: scaledError,
  metrics: [within],
  seed: 3,
};
const fit = { epochs: 3, batchSize: 10 };
const engines = findAddon().addon === null ? (['reference'] as const) : (['native', 'reference'] as const);

/** Everything that a run leaves behind. */
async function outcome(given: Partial<TrainerOptions> = {}, rows: LabelledData = data, model = layers) {
  await using trainer = await Trainer.create(model, { ...options, ...given });
  const { history } = await trainer.fit(rows, fit);
  const judged = await trainer.evaluate(rows, { batchSize: 8 });
  return { history, judged, weights: trainer.weights(), fingerprint: trainer.fingerprint() };
}

/** Weights and logs, as numbers. */
function numbersOf({ weights, history, judged }: Awaited<ReturnType<typeof outcome>>): number[] {
  return [...weights.flatMap(({ values }) => [...values]), ...Object.values(history).flat(), ...Object.values(judged)];
}

function assertNear(got: readonly number[], expected: readonly number[], tolerance: number): void {
  assert.equal(got.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(got[i] - value) <= tolerance * Math.max(1, Math.abs(value)), `${got[i]} instead of ${value}`);
  });
}

describe('Functions of the caller’s train as TensorFlow.js trains with them', () => {
  for (const engine of engines) {
    for (const loss of [scaledError, meanOfRoots]) {
      test(`${loss.name} on the ${engine} engine`, async () => {
        await using trainer = await Trainer.create(layers, { ...options, loss, engine });
        const model = tfl.sequential({
          layers: [tfl.layers.dense({ units: 6, activation: 'tanh', inputShape: [4] }), tfl.layers.dense({ units: 3 })],
        });
        model.setWeights(trainer.weights().map(({ values, shape }) => tf.tensor(values, [...shape])));
        model.compile({ optimizer: tf.train.sgd(0.1), loss, metrics: [within] });
        const [xs, ys] = [tf.tensor2d(uniforms(ROWS * 4, 1), [ROWS, 4]), tf.tensor2d(uniforms(ROWS * 3, 2), [ROWS, 3])];
        const theirs = await model.fit(xs, ys, { ...fit, shuffle: false, verbose: 0 });
        const { history } = await trainer.fit(data, { ...fit, shuffle: false });
        assert.deepEqual(Object.keys(history), ['loss', 'within']);
        for (const name of ['loss', 'within']) assertNear(history[name], theirs.history[name] as number[], 1e-5);
        const weights = model.getWeights().flatMap((weight) => [...weight.dataSync()]);
        assertNear(
          trainer.weights().flatMap(({ values }) => [...values]),
          weights,
          1e-5,
        );
      });
    }
  }
});

describe('The laws hold for them', () => {
  test('workers do not matter', async () => {
    const expected = await outcome({ workers: 1 });
    for (const workers of [2, 5, 13]) assert.deepEqual(await outcome({ workers }), expected, `${workers} workers`);
  });

  test('resuming does not matter, and needs no function', async () => {
    const expected = await outcome();
    const directory = await mkdtemp(join(tmpdir(), 'traced-'));
    try {
      const path = join(directory, 'checkpoint');
      await using before = await Trainer.create(layers, options);
      await before.fit(data, { ...fit, epochs: 1 });
      await before.checkpoint(path);
      await using after = await Trainer.resume(path, { workers: 3 });
      await after.fit(data, { ...fit, epochs: 2 });
      assert.equal(after.fingerprint(), expected.fingerprint);
      assert.deepEqual(await after.evaluate(data, { batchSize: 8 }), expected.judged);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe('A function counts rows, steps and masks as a loss of Lockstep’s does', () => {
  const squares = (t: Tensor, p: Tensor): Tensor => tf.mean(tf.square(tf.sub(t, p)), -1);
  const squaresOfAll = (t: Tensor, p: Tensor): Tensor => tf.mean(tf.square(tf.sub(t, p)));
  const named = {
    loss: 'meanSquaredError',
    metrics: ['meanSquaredError'],
    weightedMetrics: ['meanSquaredError'],
  } as const;
  const traced = { loss: squares, metrics: [squares], weightedMetrics: [squares] };
  const sequence: readonly LayerConfig[] = [
    { type: 'Masking', inputShape: [5, 2] },
    { type: 'SimpleRNN', units: 3, returnSequences: true },
  ];
  const steps: LabelledData = {
    x: { values: uniforms(ROWS * 10, 4).map((value, e) => (e % 10 > 5 ? 0 : value)), shape: [ROWS, 5, 2] },
    y: { values: uniforms(ROWS * 15, 5), shape: [ROWS, 5, 3] },
  };
  const rowWeights = uniforms(ROWS, 6).map((value) => (value < -0.5 ? 0 : Math.abs(value)));
  const stepWeights = { values: uniforms(ROWS * 5, 7).map(Math.abs), shape: [ROWS, 5] };
  const table: Readonly<Record<string, readonly [LabelledData, readonly LayerConfig[]]>> = {
    'weights of rows': [{ ...data, sampleWeight: rowWeights }, layers],
    'steps that a mask leaves out': [steps, sequence],
    'weights of steps': [{ ...steps, sampleWeight: stepWeights }, sequence],
  };
  for (const [title, [rows, model]] of Object.entries(table)) {
    test(title, async () => {
      const expected = numbersOf(await outcome(named, rows, model));
      assertNear(numbersOf(await outcome(traced, rows, model)), expected, 2e-6);
    });
  }

  test('the mean over a whole row counts by the mean weight of its steps', async () => {
    const unmasked = [{ type: 'SimpleRNN', units: 3, returnSequences: true, inputShape: [5, 2] }];
    const even = {
      ...steps,
      sampleWeight: { values: stepWeights.values.map((_, e) => rowWeights[Math.floor(e / 5)]), shape: [ROWS, 5] },
    };
    const expected = numbersOf(await outcome(named, even, unmasked));
    const all = { loss: squaresOfAll, metrics: [squaresOfAll], weightedMetrics: [squaresOfAll] };
    assertNear(numbersOf(await outcome(all, even, unmasked)), expected, 2e-6);
  });

  test('a row of weight 0 has no gradient, not even where it would be infinite', async () => {
    const root = (t: Tensor, p: Tensor): Tensor => tf.mean(tf.sqrt(tf.mul(t, p)), -1);
    const y = uniforms(ROWS * 3, 2).map((_, e) => (e < 3 ? Number.NaN : 0.001));
    const sampleWeight = new Float32Array(ROWS).fill(1).fill(0, 0, 1);
    const sigmoid: LayerConfig[] = [...layers.slice(0, 1), { type: 'Dense', units: 3, activation: 'sigmoid' }];
    const given = {
      x: data.x,
      y: { values: y.map((value) => (Number.isNaN(value) ? -1 : value)), shape: [ROWS, 3] },
      sampleWeight,
    };
    const { weights } = await outcome({ loss: root, metrics: [] }, given, sigmoid);
    assert.ok(weights.every(({ values }) => values.every(Number.isFinite)));
  });
});

describe('Functions may be given', () => {
  test('as those of TensorFlow.js, which are taken by their names', async () => {
    const { losses } = tf;
    const { metrics } = tfl;
    const pairs = [
      [losses.meanSquaredError, 'meanSquaredError'],
      [losses.absoluteDifference, 'meanAbsoluteError'],
      [losses.huberLoss, 'huber'],
      [metrics.meanAbsolutePercentageError, 'meanAbsolutePercentageError'],
    ] as const;
    for (const [loss, name] of pairs) {
      const expected = await outcome({ loss: name, metrics: ['meanAbsoluteError'] });
      const own = { loss: loss as never, metrics: [metrics.meanAbsoluteError as never] };
      assert.deepEqual(await outcome(own), expected, name);
    }
  });

  test('by a model that TensorFlow.js has compiled with them', async () => {
    const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 3, inputShape: [4] })] });
    model.compile({ optimizer: tf.train.sgd(0.1), loss: scaledError, metrics: [within] });
    await using compiled = await Trainer.create(model, { seed: 3 });
    await using told = await Trainer.create(model, options);
    const histories = [await compiled.fit(data, fit), await told.fit(data, fit)];
    assert.deepEqual(histories[0], histories[1]);
    assert.equal(compiled.fingerprint(), told.fingerprint());
  });

  test('by the name under which a module exports them', async () => {
    const modules = [join(packageRoot(import.meta.url), 'test/fixtures/squared.js')];
    const squared = { name: 'custom', function: 'squared' } as const;
    const [engine] = engines;
    const made = await outcome({ loss: squared, metrics: [squared], modules, engine });
    assert.deepEqual(Object.keys(made.history), ['loss', 'squared']);
    const { history, ...named } = await outcome({ loss: 'meanSquaredError', metrics: ['meanSquaredError'], engine });
    const renamed = { ...named, history: { loss: history.loss, squared: history.meanSquaredError } };
    assertNear(numbersOf(made), numbersOf(renamed), 2e-6);
  });

  test('for each of several outputs, by their names', async () => {
    const two = {
      layers: [
        { type: 'Input', name: 'in', shape: [4] },
        { type: 'Dense', name: 'left', units: 3, inputs: 'in' },
        { type: 'Dense', name: 'right', units: 3, inputs: 'in' },
      ],
      outputs: ['left', 'right'],
    };
    const y = { left: data.y, right: data.y } as never;
    const objective = { loss: { left: scaledError, right: 'meanSquaredError' }, metrics: { right: [within] } } as const;
    await using trainer = await Trainer.create(two, { ...options, ...objective });
    const { history } = await trainer.fit({ x: data.x, y }, fit);
    assert.deepEqual(Object.keys(history), ['loss', 'left_loss', 'right_loss', 'right_within']);
    assert.ok(history.loss[2] < history.loss[0]);
  });

  test('beside a model that TensorFlow.js computes', async () => {
    const expected = numbersOf(await outcome({ engine: 'reference' }));
    assertNear(numbersOf(await outcome({ engine: 'tfjs', shards: 8 })), expected, 1e-5);
  });
});

test('A model file of TensorFlow.js cannot hold a function', async () => {
  await using trainer = await Trainer.create(layers, options);
  await assert.rejects(trainer.save(join(tmpdir(), 'traced-model'), { includeOptimizer: true }), {
    code: 'NOT_IN_TENSORFLOWJS',
    message: /loss scaledError/,
  });
});
