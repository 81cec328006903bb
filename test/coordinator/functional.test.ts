import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  type FunctionalConfig,
  type LayerConfig,
  type ModelSource,
  type Prediction,
  Trainer,
  type TrainerOptions,
} from '../../src/index.js';

const options: TrainerOptions = { optimizer: 'adam', loss: 'meanSquaredError', workers: 1, engine: 'reference' };

const numbers = (size: number, phase: number): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(phase + 1.7 * i));

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  try {
    await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A base of two layers, one of them a BatchNormalization, and a head behind it. */
function baseAndHead(): { base: tfl.Sequential; model: tfl.LayersModel } {
  const base = tfl.sequential({ name: 'base' });
  base.add(tfl.layers.dense({ name: 'low', units: 3, inputShape: [4], activation: 'tanh' }));
  base.add(tfl.layers.batchNormalization({ name: 'norm' }));
  const input = tfl.input({ shape: [4] });
  const head = tfl.layers.dense({ name: 'head', units: 2 });
  return { base, model: tfl.model({ inputs: input, outputs: head.apply(base.apply(input)) as tfl.SymbolicTensor }) };
}

describe('models within models', () => {
  test('become part of the graph', async () => {
    const { model } = baseAndHead();
    const { layers } = await Trainer.describe(model, options);
    assert.deepEqual(
      layers.map(({ name }) => name),
      ['low', 'norm', 'head'],
    );
  });

  test('that are frozen stay as they are, moving averages too, also after a resume', async () => {
    const { base, model } = baseAndHead();
    base.trainable = false;
    await inFolder(async (folder) => {
      const data = { x: numbers(24, 0), y: numbers(12, 1) };
      await using trainer = await Trainer.create(model, options);
      const before = trainer.weights();
      await trainer.trainOnBatch(data);
      await trainer.checkpoint(join(folder, 'checkpoint'));
      await using resumed = await Trainer.resume(join(folder, 'checkpoint'), { engine: 'reference' });
      await resumed.trainOnBatch(data);
      const changed = resumed.weights().filter(({ values }, i) => values.join() !== before[i].values.join());
      assert.deepEqual(
        changed.map(({ name }) => name),
        ['head/kernel', 'head/bias'],
      );
    });
  });

  test('that begin a Sequential model are frozen too', async () => {
    const { base } = baseAndHead();
    base.trainable = false;
    const model = tfl.sequential({ layers: [base, tfl.layers.dense({ name: 'top', units: 2 })] });
    await using trainer = await Trainer.create(model, options);
    const before = trainer.weights();
    await trainer.trainOnBatch({ x: numbers(24, 0), y: numbers(12, 1) });
    const changed = trainer.weights().filter(({ values }, i) => values.join() !== before[i].values.join());
    assert.deepEqual(
      changed.map(({ name }) => name),
      ['top/kernel', 'top/bias'],
    );
  });
});

const twoTowers: FunctionalConfig = {
  layers: [
    { type: 'Input', name: 'left', shape: [3] },
    { type: 'Input', name: 'right', shape: [3] },
    { type: 'Dense', name: 'encoder', units: 4, inputs: 'left' },
    { name: 'again', shared: 'encoder', inputs: 'right' },
    { type: 'Subtract', name: 'difference', inputs: ['encoder', 'again'] },
    { type: 'Dense', name: 'out', units: 1 },
  ],
};
const x = { left: numbers(15, 0), right: numbers(15, 2) };

describe('functional models from configs', () => {
  test('are saved and loaded', async () => {
    await inFolder(async (folder) => {
      await using trainer = await Trainer.create(twoTowers, options);
      await trainer.save(folder);
      await using loaded = await Trainer.create(folder, options);
      assert.deepEqual(await loaded.predict({ x }), await trainer.predict({ x }));
    });
  });

  test('take their inputs by name or in order', async () => {
    await using trainer = await Trainer.create(twoTowers, options);
    const byName = await trainer.predict({ x });
    assert.deepEqual(await trainer.predict({ x: [x.left, x.right] }), byName);
    await assert.rejects(trainer.predict({ x: { left: x.left } }), /x lacks right; give left, right/);
    await assert.rejects(trainer.predict({ x: { ...x, middle: x.left } }), /x has middle, which the model has not/);
    await assert.rejects(trainer.predict({ x: x.left }), /the model has 2: left, right/);
    await assert.rejects(trainer.predict({ x: { left: x.left, right: numbers(3, 0) } }), { code: 'ROWS_DIFFER' });
    assert.throws(() => trainer.inputShape, { code: 'SEVERAL_TENSORS' });
  });

  const mistakes: readonly (readonly [string, LayerConfig, RegExp])[] = [
    ['an unknown name', { type: 'Dense', units: 1, inputs: 'lefd' }, /reads lefd, .* did you mean left\?/],
    ['an unknown shared layer', { name: 'more', shared: 'nobody', inputs: 'left' }, /shares nobody/],
    ['a name that is taken', { type: 'Dense', name: 'left', units: 1, inputs: 'right' }, /named left, as one before/],
    ['shapes that do not meet', { type: 'Add', inputs: ['left', 'wide'] }, /Layer 3 does not fit/],
  ];
  for (const [what, layer, sentence] of mistakes) {
    test(`${what} is an error that says so`, async () => {
      const wide = { type: 'Dense', name: 'wide', units: 2, inputs: 'left' };
      const model: ModelSource = { layers: [...twoTowers.layers.slice(0, 2), wide, layer] };
      await assert.rejects(Trainer.create(model, options), sentence);
    });
  }
});

describe('a model of several outputs', () => {
  const model: FunctionalConfig = {
    layers: [
      { type: 'Input', name: 'in', shape: [3] },
      { type: 'Dense', name: 'hidden', units: 4, activation: 'tanh' },
      { type: 'Dense', name: 'value', units: 2, inputs: 'hidden' },
      { type: 'Dense', name: 'class', units: 3, activation: 'softmax', inputs: 'hidden' },
    ],
    outputs: ['value', 'class'],
  };
  const compiled: TrainerOptions = {
    ...options,
    loss: { value: 'meanSquaredError', class: 'sparseCategoricalCrossentropy' },
    metrics: { class: ['accuracy'] },
    lossWeights: { value: 0.5 },
  };
  const data = { x: numbers(15, 0), y: { value: numbers(10, 1), class: Int32Array.of(0, 1, 2, 1, 0) } };

  test('logs the weighted loss, the loss and the metrics of each', async () => {
    await using trainer = await Trainer.create(model, compiled);
    const logs = await trainer.testOnBatch(data);
    assert.deepEqual(Object.keys(logs), ['loss', 'value_loss', 'class_loss', 'class_accuracy']);
    assert.equal(logs.loss, 0.5 * logs.value_loss + logs.class_loss);
    const predictions = await trainer.predict<Prediction[]>(data);
    assert.deepEqual(
      predictions.map(({ shape }) => shape),
      [
        [5, 2],
        [5, 3],
      ],
    );
  });

  test('adds what regularizers ask for to the loss alone', async () => {
    const penalized = model.layers.map((layer) => {
      return layer.name === 'hidden'
        ? { ...layer, kernelRegularizer: { className: 'L2', config: { l2: 0.5 } } }
        : layer;
    });
    await using trainer = await Trainer.create({ ...model, layers: penalized }, compiled);
    const [kernel] = trainer.weights();
    const penalty = 0.5 * kernel.values.reduce((sum, value) => sum + value * value, 0);
    const logs = await trainer.testOnBatch(data);
    assert.ok(Math.abs(logs.loss - (0.5 * logs.value_loss + logs.class_loss + penalty)) < 1e-6);
  });

  test('pays for what a layer puts out by the row, at each of its calls', async () => {
    const activityRegularizer = { className: 'L1L2', config: { l1: 0.25, l2: 0.5 } };
    const layers = [
      { type: 'Input', name: 'in', shape: [3] },
      { type: 'Dense', name: 'once', units: 3, activation: 'tanh', activityRegularizer },
      { name: 'again', shared: 'once' },
      { type: 'Activation', name: 'twice', activation: 'linear' },
    ];
    const twice = { layers, outputs: ['once', 'twice'] };
    await using trainer = await Trainer.create(twice, { ...options, loss: 'meanSquaredError' });
    const logs = await trainer.testOnBatch({ x: data.x, y: [numbers(15, 1), numbers(15, 2)] });
    const outputs = (await trainer.predict<Prediction[]>(data)).flatMap(({ values }) => [...values]);
    const penalty = outputs.reduce((sum, y) => sum + 0.25 * Math.abs(y) + 0.5 * y * y, 0) / 5;
    const [once, again] = Object.values(logs).slice(1);
    assert.ok(Math.abs(logs.loss - (once + again + penalty)) < 1e-6);
  });

  test('trains to the same bits with any number of workers, with and without weights of rows', async () => {
    const outcomes = [1, 3].map(async (workers) => {
      await using trainer = await Trainer.create(model, { ...compiled, workers });
      await trainer.fit(data, { epochs: 2, batchSize: 3 });
      await trainer.fit({ ...data, sampleWeight: { value: numbers(5, 3).map(Math.abs), class: [1, 0, 2, 1, 1] } });
      return trainer.fingerprint();
    });
    const [alone, together] = await Promise.all(outcomes);
    assert.equal(together, alone);
  });

  test('takes what fits its outputs, and says what does not', async () => {
    await assert.rejects(Trainer.create(model, { ...compiled, lossWeights: { other: 1 } }), /names output other/);
    await assert.rejects(
      Trainer.create(model, { ...compiled, loss: ['meanSquaredError'] }),
      /does not fit the 2 outputs/,
    );
    await using trainer = await Trainer.create(model, compiled);
    await assert.rejects(trainer.testOnBatch({ ...data, y: numbers(10, 1) }), /the model has 2: value, class/);
  });
});

describe('a Bidirectional with initial states', () => {
  const both = (states: string[]): FunctionalConfig => ({
    layers: [
      { type: 'Input', name: 'x', shape: [3, 2] },
      { type: 'Input', name: 'state', shape: [4] },
      { type: 'Bidirectional', name: 'both', layer: { type: 'LSTM', units: 4 }, inputs: ['x', ...states] },
      { type: 'Dense', name: 'out', units: 1, inputs: ['both'] },
    ],
  });
  const data = { x: { x: numbers(30, 1), state: numbers(20, 2) }, y: numbers(5, 3) };

  test('trains without a word from TensorFlow.js, is saved and loaded', async (t) => {
    const warn = t.mock.method(console, 'warn', () => {});
    await inFolder(async (folder) => {
      await using trainer = await Trainer.create(both(['state', 'state', 'state', 'state']), options);
      await trainer.trainOnBatch(data);
      await trainer.save(folder);
      await using again = await Trainer.create(folder, options);
      assert.deepEqual(await again.testOnBatch(data), await trainer.testOnBatch(data));
    });
    assert.equal(warn.mock.callCount(), 0);
  });

  test('is refused with fewer states than its cells have', async () => {
    await assert.rejects(Trainer.create(both(['state', 'state']), options), /Layer 2 does not fit/);
  });
});
