import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import {
  describeEvent,
  type LabelledData,
  type LayerConfig,
  sgd,
  Trainer,
  type TrainerEvent,
  type TrainerOptions,
} from '../../src/index.js';
import { findAddon } from '../../src/shared/native/addon.js';
import { FaultPlan, injectFaults } from '../../src/shared/protocol/faults.js';
import { Draws } from '../../src/shared/random/rng.js';
import { tfc as tf, tfl } from '../../src/shared/tfjs/tfjs.js';

/** Losses and metrics that cannot become kernels: the calling thread computes them from the outputs of whole batches. */

const ROWS = 43;

function uniforms(count: number, key: number): Float32Array {
  const draws = new Draws([key, 0]).at('split', 0, 0, 0);
  return Float32Array.from({ length: count }, (_, e) => 2 * draws.uniform(e) - 1);
}

const rootOfMean = (t: Tensor, p: Tensor): Tensor => tf.sqrt(tf.mean(tf.square(tf.sub(t, p))));
/** Rows whose targets are near are to be near, and others apart. */
const contrast = (t: Tensor, p: Tensor): Tensor => {
  const near = tf.matMul(tf.softmax(t) as Tensor2D, tf.softmax(t) as Tensor2D, false, true);
  const distance = tf.sub(tf.matMul(p as Tensor2D, p as Tensor2D, false, true), near);
  return tf.mean(tf.square(distance), -1);
};
const branching = (t: Tensor, p: Tensor): Tensor => {
  const error = tf.sub(t, p);
  const isLarge = (tf.mean(tf.abs(error)).arraySync() as number) > 0.55;
  return tf.mean(isLarge ? tf.abs(error) : tf.square(error), -1);
};
const standard = (t: Tensor, p: Tensor): Tensor => {
  const [zeros, scales] = [tf.tensor1d([0, 0, 0]), tf.tensor1d([1, 2, 0.5])];
  return tf.mean(tf.square(tf.batchNorm(tf.sub(t, p) as Tensor2D, zeros, scales, zeros, scales)), -1);
};
const spread = (_: Tensor, p: Tensor): Tensor => tf.sqrt(tf.moments(p).variance);

const layers: readonly LayerConfig[] = [
  { type: 'Dense', units: 6, activation: 'tanh', inputShape: [4] },
  { type: 'Dense', units: 3 },
];
const data: LabelledData = {
  x: { values: uniforms(ROWS * 4, 1), shape: [ROWS, 4] },
  y: { values: uniforms(ROWS * 3, 2), shape: [ROWS, 3] },
};
const quiet = { onEvent: () => {} };
const options: TrainerOptions = {
  ...quiet,
  optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
  loss: contrast,
  metrics: [spread, 'meanAbsoluteError'],
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

function assertNear(got: readonly number[], expected: readonly number[], tolerance: number): void {
  assert.equal(got.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(got[i] - value) <= tolerance * Math.max(1, Math.abs(value)), `${got[i]} instead of ${value}`);
  });
}

describe('What cannot become kernels trains as TensorFlow.js trains with it:', () => {
  for (const engine of engines) {
    for (const loss of [rootOfMean, contrast, branching, standard]) {
      test(`${loss.name} on the ${engine} engine`, async () => {
        await using trainer = await Trainer.create(layers, { ...options, loss, metrics: [spread], engine });
        const model = tfl.sequential({
          layers: [tfl.layers.dense({ units: 6, activation: 'tanh', inputShape: [4] }), tfl.layers.dense({ units: 3 })],
        });
        model.setWeights(trainer.weights().map(({ values, shape }) => tf.tensor(values, [...shape])));
        model.compile({ optimizer: tf.train.momentum(0.1, 0.9), loss, metrics: [spread] });
        const [xs, ys] = [tf.tensor2d(uniforms(ROWS * 4, 1), [ROWS, 4]), tf.tensor2d(uniforms(ROWS * 3, 2), [ROWS, 3])];
        const theirs = await model.fit(xs, ys, { ...fit, shuffle: false, verbose: 0 });
        const { history } = await trainer.fit(data, { ...fit, shuffle: false });
        assert.deepEqual(Object.keys(history), ['loss', 'spread']);
        for (const name of ['loss', 'spread']) assertNear(history[name], theirs.history[name] as number[], 1e-5);
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

describe('The laws hold for what is called for whole batches:', () => {
  const random = (t: Tensor, p: Tensor): Tensor => {
    const [chosen] = tf.randomUniform([1]).dataSync();
    return tf.mean(tf.mul(tf.square(tf.sub(t, p)), 0.5 + chosen));
  };

  test('workers do not matter, nor do draws of its own', async () => {
    for (const loss of [contrast, random]) {
      const expected = await outcome({ loss, workers: 1 });
      for (const workers of [2, 5, 13])
        assert.deepEqual(await outcome({ loss, workers }), expected, `${workers} workers`);
    }
  });

  test('resuming does not matter, with the function given again', async () => {
    const expected = await outcome();
    const directory = await mkdtemp(join(tmpdir(), 'called-'));
    try {
      const path = join(directory, 'checkpoint');
      await using before = await Trainer.create(layers, options);
      await before.fit(data, { ...fit, epochs: 1 });
      await before.checkpoint(path);
      await assert.rejects(Trainer.resume(path, { functions: { spread } }), {
        code: 'FUNCTIONS_NEEDED',
        message: /a run with contrast, which cannot become kernels.*functions: \{ contrast \}/,
      });
      await using after = await Trainer.resume(path, { workers: 3, functions: { contrast, spread } });
      await after.fit(data, { ...fit, epochs: 2 });
      assert.equal(after.fingerprint(), expected.fingerprint);
      assert.deepEqual(await after.evaluate(data, { batchSize: 8 }), expected.judged);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('faults do not matter, in whichever half of a step', async () => {
    const expected = await outcome({ loss: random });
    for (const phase of ['gather', 'forward', 'backward', 'reduce', 'update', 'wait'] as const) {
      const faults = new FaultPlan();
      faults.arm([
        { kind: 'throw', rank: 0, step: 7, phase },
        { kind: 'exit', rank: 1, step: 9, phase },
      ]);
      const given = { loss: random, workers: 2, maxRestarts: 9, [injectFaults]: { faults } };
      assert.deepEqual(await outcome(given), expected, phase);
      assert.equal(faults.pending, 0, phase);
    }
  });

  test('a step in two calls is one step', async () => {
    await using whole = await Trainer.create(layers, options);
    await using halves = await Trainer.create(layers, options);
    for (let step = 0; step < 3; step++) {
      await whole.trainOnBatch(data);
      await halves.applyGradients(await halves.gradients(data));
    }
    assert.equal(halves.fingerprint(), whole.fingerprint());
  });

  test('judging on the calling thread gives the same bits', async () => {
    await using trainer = await Trainer.create(layers, options);
    const judged = await trainer.evaluate(data, { batchSize: 8 });
    assert.deepEqual(trainer.evaluateSync(data, { batchSize: 8 }), judged);
  });
});

describe('Weights of rows count in what is called', () => {
  const squares = (t: Tensor, p: Tensor): Tensor => {
    p.dataSync();
    return tf.mean(tf.square(tf.sub(t, p)), -1);
  };
  const weighted = { ...data, sampleWeight: uniforms(ROWS, 6).map((value) => (value < -0.5 ? 0 : Math.abs(value))) };

  for (const reduction of ['mean_with_sample_weight', 'sum_over_batch_size'] as const) {
    test(`as in a loss of Lockstep’s, with ${reduction}`, async () => {
      const named = { loss: { name: 'meanSquaredError', reduction }, weightedMetrics: ['meanSquaredError'] } as const;
      const expected = await outcome({ ...named, metrics: ['meanSquaredError'] }, weighted);
      const own = { loss: { function: squares, reduction }, weightedMetrics: [squares], metrics: [squares] };
      const made = await outcome(own, weighted);
      const numbers = ({ history, weights, judged }: typeof made): number[] => [
        ...Object.values(history).flat(),
        ...Object.values(judged),
        ...weights.flatMap(({ values }) => [...values]),
      ];
      assertNear(numbers(made), numbers(expected), 2e-6);
    });
  }

  test('and for each step of a sequence', async () => {
    const sequence = [{ type: 'SimpleRNN', units: 3, returnSequences: true, inputShape: [5, 2] }];
    const rows = {
      x: { values: uniforms(ROWS * 10, 4), shape: [ROWS, 5, 2] },
      y: { values: uniforms(ROWS * 15, 5), shape: [ROWS, 5, 3] },
      sampleWeight: { values: uniforms(ROWS * 5, 7).map(Math.abs), shape: [ROWS, 5] },
    };
    const expected = await outcome({ loss: 'meanSquaredError', metrics: [] }, rows, sequence);
    const made = await outcome({ loss: squares, metrics: [] }, rows, sequence);
    assertNear(made.history.loss, expected.history.loss, 2e-6);
  });

  test('but not in one number for a batch, which is refused; the trainer goes on', async () => {
    await using trainer = await Trainer.create(layers, { ...options, loss: rootOfMean });
    const before = trainer.fingerprint();
    await assert.rejects(trainer.fit(weighted, fit), {
      code: 'WEIGHTS_WITHOUT_ROWS',
      message: /The function rootOfMean returned a tensor of shape \[\] .* return a number a row/,
    });
    assert.equal(trainer.fingerprint(), before);
    const { history } = await trainer.fit(data, fit);
    assert.ok(history.loss[2] < history.loss[0]);
  });
});

describe('It is told', () => {
  test('once, in one sentence, which operation is in the way', async () => {
    const events: TrainerEvent[] = [];
    const onEvent = (event: TrainerEvent): void => void events.push(event);
    await using trainer = await Trainer.create(layers, { ...options, metrics: [contrast], onEvent });
    await trainer.fit(data, fit);
    assert.deepEqual(events.map(describeEvent), [
      'The loss contrast cannot become kernels, as BatchMatMul mixes rows: it has a tensor of shape [4, 4] for 4 rows; TensorFlow.js computes it on the calling thread for each batch, which takes longer.',
    ]);
    await trainer.recompile({ loss: branching });
    assert.match(describeEvent(events[1]), /The loss branching cannot become kernels, as it reads the numbers/);
    const { loss } = await trainer.evaluate(data);
    assert.ok(Number.isFinite(loss));
  });

  test('what a function throws, with its name and the step; the fit goes on from steps that are whole', async () => {
    let isPicky = true;
    const picky = (t: Tensor, p: Tensor): Tensor => {
      if (isPicky && tf.max(t).dataSync()[0] > 6) throw new Error('a target above 6');
      return contrast(t, p);
    };
    const y = uniforms(ROWS * 3, 2).map((value, e) => (e === 25 * 3 ? 7 : value));
    const rows = { x: data.x, y: { values: y, shape: [ROWS, 3] } };
    const inOrder = { ...fit, shuffle: false };
    await using trainer = await Trainer.create(layers, { ...options, loss: picky, metrics: [] });
    await assert.rejects(trainer.fit(rows, inOrder), {
      code: 'FUNCTION_FAILED',
      message:
        'The function picky ended with "a target above 6" for the batch of step 2; mend it, or the rows that it cannot take.',
    });
    assert.ok(trainer.step <= 2);
    isPicky = false;
    await trainer.fit(rows, inOrder);
    await using undisturbed = await Trainer.create(layers, { ...options, metrics: [] });
    await undisturbed.fit(rows, inOrder);
    assert.equal(trainer.fingerprint(), undisturbed.fingerprint());
  });

  test('that a function does not work at all, before anything begins', async () => {
    const refused: [TrainerOptions['loss'], RegExp][] = [
      [(t) => tf.mean(t, -1), /cannot be called for a whole batch, as .*Cannot compute gradient/],
      [(() => 3) as never, /cannot be called for a whole batch, as it returns number, which is no tensor/],
      [(async (_: Tensor, p: Tensor) => p) as never, /cannot be called for a whole batch, as it returns a promise/],
    ];
    for (const [loss, message] of refused) {
      await assert.rejects(Trainer.create(layers, { ...options, loss }), { code: 'UNSUPPORTED_FUNCTION', message });
    }
    await assert.rejects(Trainer.create(layers, { ...options, engine: 'tfjs' }), {
      code: 'UNSUPPORTED_LOSS',
      message: /The function contrast .* only where the model becomes kernels/,
    });
    const masked = [
      { type: 'Masking', inputShape: [5, 2] },
      { type: 'SimpleRNN', units: 3, returnSequences: true },
    ];
    await assert.rejects(Trainer.create(masked, { ...options, metrics: [], loss: rootOfMean }), {
      code: 'UNSUPPORTED_LOSS',
      message: /The function rootOfMean .* a mask leaves out/,
    });
  });
});
