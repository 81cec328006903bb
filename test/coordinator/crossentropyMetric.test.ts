import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-layers';
import { type LayerConfig, Trainer } from '../../src/index.js';
import { tfc } from '../../src/shared/tfjs/tfjs.js';

/** The metric `crossentropy` is of the form that suits targets and output, as TensorFlow.js 4.22 chooses it. */

const ROWS = 6;
const x = Float32Array.from({ length: ROWS * 3 }, (_, i) => Math.sin(i));
const classes = Int32Array.from({ length: ROWS }, (_, i) => i % 4);
const oneHot = Float32Array.from({ length: ROWS * 4 }, (_, i) => Number(i % 4 === classes[Math.floor(i / 4)]));
const bits = Float32Array.from({ length: ROWS }, (_, i) => i % 2);

const table: [
  title: string,
  units: number,
  activation: 'sigmoid' | 'softmax',
  loss: string,
  y: Float32Array | Int32Array,
][] = [
  ['binary for one number a row', 1, 'sigmoid', 'meanSquaredError', bits],
  ['categorical for targets of the shape of the output', 4, 'softmax', 'meanSquaredError', oneHot],
  ['of class numbers where the loss takes them', 4, 'softmax', 'sparseCategoricalCrossentropy', classes],
];

describe('crossentropy', () => {
  for (const [title, units, activation, loss, y] of table) {
    for (const name of ['crossentropy', 'ce']) {
      test(`${title}, as ${name}`, async () => {
        const model = tf.sequential({ layers: [tf.layers.dense({ units, activation, inputShape: [3] })] });
        model.compile({ optimizer: 'sgd', loss, metrics: [name] });
        const [input, target] = [tfc.tensor2d(x, [ROWS, 3]), tfc.tensor(y, [ROWS, y.length / ROWS], 'float32')];
        const [, expected] = model.evaluate(input, target, { batchSize: ROWS }) as tfc.Scalar[];
        const options = { optimizer: 'sgd', loss, metrics: [name], workers: 1, engine: 'reference' } as const;
        await using trainer = await Trainer.create(model, { ...options, initialWeights: 'model' } as never);
        const { crossentropy } = await trainer.evaluate({
          x,
          y: { values: y, shape: [ROWS, y.length / ROWS] },
        } as never);
        const [value] = expected.dataSync();
        assert.ok(Math.abs(crossentropy - value) < 1e-5, `${crossentropy} instead of ${value}`);
      });
    }
  }

  test('falls while the model learns', async () => {
    const layers: LayerConfig[] = [{ type: 'Dense', units: 1, activation: 'sigmoid', inputShape: [3] }];
    await using trainer = await Trainer.create(layers, {
      optimizer: 'sgd',
      loss: 'meanSquaredError',
      metrics: ['crossentropy'],
      workers: 1,
    });
    const { history } = await trainer.fit({ x, y: bits }, { epochs: 20 });
    assert.ok(history.crossentropy[19] < history.crossentropy[0]);
  });
});
