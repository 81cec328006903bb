import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { type JointFunction, jointLoss, parallel, sgd, Trainer, type TrainerOptions } from '../../src/index.js';
import { Draws } from '../../src/shared/random/rng.js';
import { tfc as tf, tfl } from '../../src/shared/tfjs/tfjs.js';

/** One loss over all outputs of a model, held against steps that TensorFlow.js takes with the same function. */

const ROWS = 23;
const BATCH = 10;

function uniforms(count: number, key: number): Float32Array {
  const draws = new Draws([key, 0]).at('split', 0, 0, 0);
  return Float32Array.from({ length: count }, (_, e) => 2 * draws.uniform(e) - 1);
}

/** The error of a reconstruction and the divergence from a normal distribution: Kingma and Welling, 2014, appendix B. */
const ofVae: JointFunction = ([x], [made, mean, logVariance]) => {
  const inner = tf.sub(tf.sub(tf.add(1, logVariance), tf.square(mean)), tf.exp(logVariance));
  return tf.add(tf.sum(tf.square(tf.sub(x, made)), -1), tf.mul(-0.5, tf.sum(inner, -1)));
};
/** It looks at two outputs and two targets, and at the mean alone. */
const ofTwo: JointFunction = ([, t], [made, mean]) =>
  tf.add(tf.mean(tf.abs(made)), tf.mean(tf.square(tf.sub(t, tf.tanh(mean)))));
/** It mixes rows. */
const ofBatch: JointFunction = ([x, t], [made, mean]) =>
  tf.add(tf.sqrt(tf.mean(tf.square(tf.sub(x, made)))), tf.sqrt(tf.mean(tf.square(tf.sub(t, mean)))));

function newModel() {
  const input = tfl.input({ shape: [4] });
  const hidden = tfl.layers.dense({ units: 5, activation: 'tanh', name: 'hidden' }).apply(input);
  const outputs = [
    tfl.layers.dense({ units: 4, name: 'made' }).apply(hidden),
    tfl.layers.dense({ units: 2, name: 'mean' }).apply(hidden),
    tfl.layers.dense({ units: 2, name: 'logVariance', activation: 'tanh' }).apply(hidden),
  ];
  return tfl.model({ inputs: input, outputs: outputs as never });
}

const x = uniforms(ROWS * 4, 1);
const t = uniforms(ROWS * 2, 2);
const data = {
  x: { values: x, shape: [ROWS, 4] },
  y: { made: { values: x, shape: [ROWS, 4] }, mean: { values: t, shape: [ROWS, 2] } } as never,
};
const complete = { ...data, y: { ...(data.y as object), logVariance: { values: t, shape: [ROWS, 2] } } as never };
const fit = { epochs: 2, batchSize: BATCH, shuffle: false } as const;
const optimizer = sgd({ learningRate: 0.05 });
const quiet = { onEvent: () => {} };

/** Weights after `fit` by steps of TensorFlow.js, and the mean loss of each epoch. */
function byTensorflow(loss: JointFunction, weights: readonly Tensor[]) {
  const model = newModel();
  model.setWeights([...weights]);
  const rule = tf.train.sgd(0.05);
  const targets: [Float32Array, number][] = [
    [x, 4],
    [t, 2],
    [t, 2],
  ];
  const losses: number[] = [];
  for (let epoch = 0; epoch < fit.epochs; epoch++) {
    let total = 0;
    for (let first = 0; first < ROWS; first += BATCH) {
      const rows = Math.min(BATCH, ROWS - first);
      const part = (values: Float32Array, size: number): Tensor2D =>
        tf.tensor2d(values.subarray(first * size, (first + rows) * size), [rows, size]);
      const cost = rule.minimize(
        () =>
          tf.mean(
            loss(
              targets.map(([values, size]) => part(values, size)),
              model.apply(part(x, 4), { training: true }) as Tensor[],
            ),
          ),
        true,
      ) as Tensor;
      total += cost.dataSync()[0] * rows;
    }
    losses.push(total / ROWS);
  }
  return { weights: model.getWeights().flatMap((weight) => [...weight.dataSync()]), losses };
}

function assertNear(got: readonly number[], expected: readonly number[]): void {
  assert.equal(got.length, expected.length);
  expected.forEach((value, i) => {
    assert.ok(Math.abs(got[i] - value) <= 1e-5 * Math.max(1, Math.abs(value)), `${got[i]} instead of ${value}`);
  });
}

async function outcome(given: Partial<TrainerOptions>, rows = data) {
  await using trainer = await Trainer.create(newModel(), {
    ...{ ...quiet, optimizer, loss: 'meanSquaredError', initialWeights: 'seed', seed: 5, ...given },
  });
  const { history } = await trainer.fit(rows, fit);
  return { history, judged: await trainer.evaluate(rows), fingerprint: trainer.fingerprint() };
}

describe('One loss over all outputs trains as TensorFlow.js would with it:', () => {
  const table: [string, JointFunction, typeof data][] = [
    ['a reconstruction and a divergence, whose targets are one', ofVae, data],
    ['one that looks at two of three outputs', ofTwo, data],
    ['one that mixes rows and is called for whole batches', ofBatch, complete],
  ];
  for (const [title, loss, rows] of table) {
    test(title, async () => {
      const model = newModel();
      await using trainer = await Trainer.create(model, { ...quiet, optimizer, loss: jointLoss(loss) });
      const theirs = byTensorflow(loss, model.getWeights());
      const { history } = await trainer.fit(rows, fit);
      assert.deepEqual(Object.keys(history), ['loss']);
      assertNear(history.loss, theirs.losses);
      assertNear(
        trainer.weights().flatMap(({ values }) => [...values]),
        theirs.weights,
      );
    });
  }

  test('in compile of the drop-in, with metrics of single outputs', async () => {
    const plain = newModel();
    const theirs = byTensorflow(ofVae, plain.getWeights());
    const model = parallel(plain);
    const metrics = { made: ['mae'] } as never;
    model.compile({ optimizer: tf.train.sgd(0.05), loss: jointLoss(ofVae), metrics });
    const targets = [tf.tensor2d(x, [ROWS, 4]), tf.tensor2d(t, [ROWS, 2]), tf.tensor2d(t, [ROWS, 2])];
    const { history } = await model.fit(tf.tensor2d(x, [ROWS, 4]), targets, fit);
    assert.deepEqual(Object.keys(history), ['loss', 'made_mae']);
    assertNear(history.loss as number[], theirs.losses);
    assertNear(
      plain.getWeights().flatMap((weight) => [...weight.dataSync()]),
      theirs.weights,
    );
    const judged = model.evaluate(tf.tensor2d(x, [ROWS, 4]), targets) as Tensor[];
    assert.equal(judged.length, 2);
    await model.close();
  });
});

describe('The laws hold for it:', () => {
  for (const [loss, rows] of [
    [ofVae, data],
    [ofBatch, complete],
  ] as const) {
    test(`workers do not matter to ${loss.name}`, async () => {
      const own = { loss: jointLoss(loss), metrics: { made: 'meanAbsoluteError' } } as const;
      const expected = await outcome({ ...own, workers: 1 }, rows);
      for (const workers of [2, 5]) assert.deepEqual(await outcome({ ...own, workers }, rows), expected);
    });
  }

  test('resuming does not matter', async () => {
    const expected = await outcome({ loss: jointLoss(ofVae) });
    const directory = await mkdtemp(join(tmpdir(), 'joint-'));
    try {
      const path = join(directory, 'checkpoint');
      const options = { ...quiet, optimizer, loss: jointLoss(ofVae), initialWeights: 'seed', seed: 5 } as const;
      await using before = await Trainer.create(newModel(), options);
      await before.fit(data, { ...fit, epochs: 1 });
      await before.checkpoint(path);
      await using after = await Trainer.resume(path);
      await after.fit(data, { ...fit, epochs: 1 });
      assert.equal(after.fingerprint(), expected.fingerprint);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('a row of weight 0 is as if it were not there', async () => {
    const sampleWeight = new Float32Array(ROWS).fill(1).fill(0, 20);
    const some = (values: Float32Array, size: number) => ({ values: values.subarray(0, 20 * size), shape: [20, size] });
    const fewer = { x: some(x, 4), y: { made: some(x, 4), mean: some(t, 2) } as never };
    const options = {
      ...quiet,
      optimizer,
      loss: jointLoss(ofVae),
      initialWeights: 'seed',
      seed: 5,
      shards: 1,
    } as const;
    await using all = await Trainer.create(newModel(), options);
    await using few = await Trainer.create(newModel(), options);
    const { loss } = await all.trainOnBatch({ ...data, sampleWeight });
    assertNear([loss], [(await few.trainOnBatch(fewer)).loss]);
    assertNear(
      all.weights().flatMap(({ values }) => [...values]),
      few.weights().flatMap(({ values }) => [...values]),
    );
  });
});

describe('It is refused', () => {
  test('as the loss of one output', async () => {
    const loss = { made: jointLoss(ofVae), mean: 'meanSquaredError', logVariance: 'meanSquaredError' } as const;
    await assert.rejects(Trainer.create(newModel(), { optimizer, loss }), {
      code: 'INVALID_OPTION',
      message: /The loss of output made is what jointLoss returned, which is one loss over all outputs/,
    });
  });

  test('by a sentence, where TensorFlow.js itself would compute it', () => {
    const model = newModel();
    model.compile({ optimizer: 'sgd', loss: jointLoss(ofVae) });
    const targets = [tf.tensor2d(x, [ROWS, 4]), tf.tensor2d(t, [ROWS, 2]), tf.tensor2d(t, [ROWS, 2])];
    assert.throws(() => model.evaluate(tf.tensor2d(x, [ROWS, 4]), targets), {
      code: 'JOINT_LOSS',
      message: /The loss ofVae is one over all outputs/,
    });
  });
});
