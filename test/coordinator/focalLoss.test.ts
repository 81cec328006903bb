import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { sgd, Trainer } from '../../src/index.js';
import { skipReason } from '../native/nativeCases.js';

type Row = readonly [logit: number, target: number, loss: number, gradient: number];

/**
 * Loss and its derivative by the logit: keras.losses.BinaryFocalCrossentropy after Dense(1, activation='sigmoid'),
 * one step of SGD(1.0); Keras 3.15.1, TensorFlow 2.21.0.
 */
const cases: readonly (readonly [options: object, rows: readonly Row[]])[] = [
  [
    {},
    [
      [0.5, 1, 0.06757348, -0.13793707],
      [-3, 1, 2.76628065, -1.12674987],
      [10, 0, 9.99913692, 1.000772],
      [17, 0, 17, 1],
      [-17, 1, 16.9999981, -1.0000012],
      [30, 0, 30, 1],
      [1000, 0, 1000, 1],
      [30, 1, 0, 0],
      [-40, 0, 0, 0],
    ],
  ],
  [
    { gamma: 1 },
    [
      [0.5, 1, 0.17898333, -0.25394678],
      [10, 0, 9.99959183, 1.00036335],
      [-17, 1, 16.9999981, -1.0000006],
      [1000, 0, 1000, 1],
    ],
  ],
  [
    { applyClassBalancing: true, alpha: 0.3 },
    [
      [-3, 1, 0.82988423, -0.33802497],
      [10, 0, 6.99939585, 0.70054042],
      [-17, 1, 5.09999943, -0.3000004],
      [1000, 0, 700, 0.7],
    ],
  ],
  [
    { labelSmoothing: 0.2 },
    [
      [0.5, 1, 0.08470662, -0.12408185],
      [10, 0, 7.28944874, 0.72949296],
      [-17, 1, 12.39299965, -0.72900081],
      [30, 1, 0.02999996, 0.001],
      [-40, 0, 0.04000002, -0.001],
    ],
  ],
];

/** The logit of row i is the i-th of its inputs, so that the gradient of weight i is that of row i alone. */
const logitLayer = (rows: number) =>
  ({ type: 'Dense', units: 1, useBias: false, inputShape: [rows], kernelInitializer: 'ones' }) as const;

/** The same loss as models say it. */
const ways = [
  ['after a sigmoid', (rows: number) => [{ ...logitLayer(rows), activation: 'sigmoid' }], {}],
  ['of logits', (rows: number) => [logitLayer(rows)], { fromLogits: true }],
  [
    'after an Activation layer',
    (rows: number) => [logitLayer(rows), { type: 'Activation', activation: 'sigmoid' }],
    {},
  ],
] as const;

describe('The binary focal loss of a far logit is about the logit, and its gradient about 1, as in Keras', () => {
  for (const engine of ['native', 'reference'] as const) {
    for (const [i, [options, rows]] of cases.entries()) {
      const [way, layers, more] = ways[i % ways.length];
      const skip = engine === 'native' && skipReason;
      test(`${engine}, ${way}, ${JSON.stringify(options)}`, { skip }, async () => {
        await using trainer = await Trainer.create(layers(rows.length), {
          optimizer: sgd({ learningRate: 1 }),
          loss: { name: 'binaryFocalCrossentropy', ...options, ...more },
          workers: 1,
          engine,
        });
        await compare(trainer, rows);
      });
    }
  }
});

async function compare(trainer: Trainer, rows: readonly Row[]): Promise<void> {
  const inputs = rows.map(([logit], i) => rows.map((_, j) => (i === j ? logit : 0)));
  for (const [i, [logit, target, loss]] of rows.entries()) {
    const logs = await trainer.testOnBatch({ x: Float32Array.from(inputs[i]), y: Float32Array.of(target) });
    const isRight = Math.abs(logs.loss - loss) <= 2e-6 * Math.max(loss, 1);
    assert.ok(isRight, `logit ${logit}: loss ${logs.loss}, Keras ${loss}`);
  }
  await trainer.trainOnBatch({
    x: Float32Array.from(inputs.flat()),
    y: Float32Array.from(rows, ([, target]) => target),
  });
  const [{ values }] = trainer.weights();
  for (const [i, [logit, , , gradient]] of rows.entries()) {
    const slope = ((1 - values[i]) / logit) * rows.length;
    assert.ok(Math.abs(slope - gradient) < 1e-5, `logit ${logit}: gradient ${slope}, Keras ${gradient}`);
  }
}
