import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type FunctionalConfig, sgd, Trainer, type TrainerOptions } from '../../src/index.js';

/** What losses and metrics of one output and of several mean. Values are those of Keras 3.15.1. */

const close = (actual: number, expected: number): void =>
  assert.ok(Math.abs(actual - expected) <= 1e-6 * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);

describe('accuracy goes by the shapes of targets and output, whatever the loss', () => {
  const x = Float32Array.of(0.9, 0.2, 0.6, 0.1, 0.8, 0.7);
  const y = Float32Array.of(1, 0, 1, 0, 0, 1);
  const table: [shape: number[], loss: string, accuracy: number][] = [
    [[3], 'binaryCrossentropy', 0.5],
    [[1], 'binaryCrossentropy', 5 / 6],
    [[2], 'binaryCrossentropy', 2 / 3],
    [[2, 3], 'binaryCrossentropy', 0.5],
    [[3, 1], 'binaryCrossentropy', 5 / 6],
    [[3], 'meanSquaredError', 0.5],
    [[1], 'meanSquaredError', 5 / 6],
    [[2], 'hinge', 2 / 3],
    [[1], 'hinge', 5 / 6],
    [[3], 'categoricalCrossentropy', 0.5],
  ];
  for (const [shape, loss, accuracy] of table) {
    test(`${loss} over rows of [${shape.join(', ')}]`, async () => {
      const layers = [{ type: 'Activation', activation: 'linear', inputShape: shape }];
      const options = { optimizer: 'sgd', loss, metrics: 'accuracy', workers: 1 } as TrainerOptions;
      await using trainer = await Trainer.create(layers, options);
      const whole = [6 / shape.reduce((a, b) => a * b), ...shape];
      const logs = await trainer.evaluate({ x: { values: x, shape: whole }, y: { values: y, shape: whole } });
      close(logs.accuracy, accuracy);
    });
  }

  test('class numbers', async () => {
    const layers = [{ type: 'Activation', activation: 'linear', inputShape: [3] }];
    const loss = 'sparseCategoricalCrossentropy';
    await using trainer = await Trainer.create(layers, { optimizer: 'sgd', loss, metrics: ['accuracy'], workers: 1 });
    close((await trainer.evaluate({ x, y: Int32Array.of(0, 2) })).accuracy, 0.5);
  });
});

/** Two outputs of one input, kernels of 1. */
function twins(more: object = {}): FunctionalConfig {
  const dense = { type: 'Dense', units: 1, kernelInitializer: 'ones', inputs: 'x' };
  return {
    layers: [
      { type: 'Input', name: 'x', shape: [1] },
      { ...dense, name: 'a', ...more },
      { ...dense, name: 'b' },
    ],
    outputs: ['a', 'b'],
  };
}
const x = Float32Array.of(1, 2);
const zeros = Float32Array.of(0, 0);
const both = { x, y: { a: zeros, b: zeros } };

describe('An output without a loss is not trained', () => {
  const table: [string, Partial<TrainerOptions>, object, Record<string, number>][] = [
    ['named alone', { loss: { b: 'mse' } as never }, both, { loss: 2.5 }],
    ['null in a record', { loss: { a: null, b: 'meanSquaredError' } }, both, { loss: 2.5 }],
    ['null in a list', { loss: [null, 'meanSquaredError'] }, both, { loss: 2.5 }],
    ['without targets, by name', { loss: { b: 'meanSquaredError' } }, { x, y: { b: zeros } }, { loss: 2.5 }],
    ['without targets, in a list', { loss: [null, 'meanSquaredError'] }, { x, y: [null, zeros] }, { loss: 2.5 }],
    [
      'with metrics',
      { loss: [null, 'meanSquaredError'], metrics: ['meanAbsoluteError', 'meanSquaredError'] },
      both,
      { loss: 2.5, a_meanAbsoluteError: 1.5, b_meanSquaredError: 2.5 },
    ],
    [
      'with sample weights',
      { loss: { b: 'meanSquaredError' } },
      { ...both, sampleWeight: { b: [1, 1] } },
      { loss: 2.5 },
    ],
  ];
  for (const engine of ['native', 'reference', 'tfjs'] as const) {
    for (const [title, options, data, logs] of table) {
      test(`${title}, engine ${engine}`, async () => {
        const all = { optimizer: sgd({ learningRate: 0.1 }), workers: 2, engine, ...options } as TrainerOptions;
        await using trainer = await Trainer.create(twins(), all);
        const { history } = await trainer.fit(data as never);
        const found = Object.entries(history).map(([name, [value]]) => [name, Math.round(value * 1e5) / 1e5]);
        assert.deepEqual(Object.fromEntries(found), logs);
        const kernels = trainer.weights().map(({ values }) => values[0]);
        for (const [i, value] of [1, 0, 0.5, -0.3].entries()) close(kernels[i], value);
      });
    }

    test(`but by its regularizer, engine ${engine}`, async () => {
      const model = twins({ kernelRegularizer: { className: 'L2', config: { l2: 0.1 } } });
      const options = { optimizer: sgd({ learningRate: 0.1 }), loss: { b: 'mse' as never }, workers: 2, engine };
      await using trainer = await Trainer.create(model, options);
      const { history } = await trainer.fit(both, { epochs: 3 });
      for (const [i, loss] of [2.6, 0.36104, 0.13553682].entries()) close(history.loss[i], loss);
      close(trainer.weights()[0].values[0], 0.94119203);
    });

    test(`but by another call of its layer, engine ${engine}`, async () => {
      const l2 = { className: 'L2', config: { l2: 0.1 } };
      const linear = { type: 'Activation', activation: 'linear' };
      const model = {
        layers: [
          { type: 'Input', name: 'x', shape: [1] },
          { type: 'Input', name: 'z', shape: [1] },
          { type: 'Dense', name: 'a', units: 1, kernelInitializer: 'ones', kernelRegularizer: l2, inputs: 'x' },
          { name: 'b', shared: 'a', inputs: 'z' },
          { ...linear, name: 'o', inputs: 'a' },
          { ...linear, name: 'p', inputs: 'b' },
        ],
        outputs: ['o', 'p'],
      };
      const options = { optimizer: sgd({ learningRate: 0.1 }), loss: { p: 'mse' as never }, workers: 3, engine };
      await using trainer = await Trainer.create(model, options);
      const { history } = await trainer.fit({ x: [x, Float32Array.of(2, 1.5)], y: { p: zeros } }, { epochs: 3 });
      for (const [i, loss] of [3.225, 0.09405565, 0.01097733].entries()) close(history.loss[i], loss);
      const [kernel, bias] = trainer.weights().map(({ values }) => values[0]);
      close(kernel, 0.22971387);
      close(bias, -0.41038373);
    });
  }

  test('and one of them has to have one', async () => {
    const create = Trainer.create(twins(), { optimizer: 'sgd', loss: [null, null] });
    await assert.rejects(create, { code: 'MISSING_OPTION', message: /loss has none for a, b/ });
  });
});

describe('The weight of a loss counts in the loss that is logged', () => {
  test('of one output, and not in its penalties', async () => {
    const l2 = { className: 'L2', config: { l2: 0.1 } };
    const layers = [{ type: 'Dense', units: 1, inputShape: [1], kernelInitializer: 'ones', kernelRegularizer: l2 }];
    const options = { optimizer: sgd({ learningRate: 0 }), loss: 'meanSquaredError', lossWeights: [0.2] } as const;
    await using trainer = await Trainer.create(layers, { ...options, workers: 1 });
    const { history } = await trainer.fit({ x, y: zeros });
    assert.deepEqual(Object.keys(history), ['loss']);
    close(history.loss[0], 0.6);
    close((await trainer.evaluate({ x, y: zeros })).loss, 0.6);
  });
});

describe('Metrics are divided among outputs as Keras divides them, and have names', () => {
  const mape = 1.5e9;
  const table: [string, unknown, Record<string, number>][] = [
    ['one each', ['mae', 'mape'], { a_meanAbsoluteError: 1.5, b_meanAbsolutePercentageError: mape }],
    ['none for the first', [null, 'mae'], { b_meanAbsoluteError: 1.5 }],
    ['a list each', [['mae', 'mse'], []], { a_meanAbsoluteError: 1.5, a_meanSquaredError: 2.5 }],
    ['by name', { b: ['mae', 'mse'] }, { b_meanAbsoluteError: 1.5, b_meanSquaredError: 2.5 }],
    ['one for every output', ['mae'], { a_meanAbsoluteError: 1.5, b_meanAbsoluteError: 1.5 }],
    [
      'names of their own',
      [
        { class_name: 'MeanAbsoluteError', config: { name: 'own' } },
        { name: 'mae', logName: 'mine' },
      ],
      { a_own: 1.5, b_mine: 1.5 },
    ],
    [
      "a name that is the metric's",
      [[{ className: 'MeanAbsoluteError', config: { name: 'mean_absolute_error' } }], []],
      { a_meanAbsoluteError: 1.5 },
    ],
    ['a name that the loss has', [[{ name: 'mae', logName: 'loss' }], []], { a_loss_1: 1.5 }],
  ];
  for (const [title, metrics, expected] of table) {
    test(title, async () => {
      const options = { optimizer: sgd({ learningRate: 0 }), loss: 'meanSquaredError', metrics, workers: 1 };
      await using trainer = await Trainer.create(twins(), options as TrainerOptions);
      const { loss, a_loss, b_loss, ...logs } = await trainer.evaluate(both);
      assert.deepEqual([loss, a_loss, b_loss], [5, 2.5, 2.5]);
      assert.deepEqual(Object.keys(logs), Object.keys(expected));
      for (const [name, value] of Object.entries(expected)) close(logs[name], value);
    });
  }

  test('and three for two outputs fit neither', async () => {
    const options = { optimizer: 'sgd', loss: 'mse', metrics: ['mae', 'mape', 'mse'] } as never;
    await assert.rejects(Trainer.create(twins(), options), {
      code: 'INVALID_OPTION',
      message: /does not fit the 2 outputs a, b/,
    });
  });
});
