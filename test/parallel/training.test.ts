import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import * as tfd from '@tensorflow/tfjs-data';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { type LockstepError, parallel } from '../../src/index.js';
import type { ParallelModel } from '../../src/parallel/parallel.js';
import { tfc, tfl } from '../../src/shared/tfjs/tfjs.js';
import { classes, farthest, numbers, pairOf, tableModel, twoOutputs } from './models.js';

const opened: ParallelModel[] = [];
after(() => Promise.all(opened.map((model) => model.close())));

function pair(build: () => LayersModel) {
  const made = pairOf(build);
  opened.push(made.ours);
  return made;
}

const table = { x: numbers([45, 4], 1), y: numbers([45, 1], 2) };
const unseen = { x: numbers([20, 4], 3), y: numbers([20, 1], 4) };
const several = {
  x: [numbers([30, 4], 1), numbers([30, 2], 2)],
  y: [numbers([30, 1], 3), classes(30, 3, 4)],
};

type FitArgs = NonNullable<Parameters<LayersModel['fit']>[2]>;
type FitDatasetArgs = Parameters<LayersModel['fitDataset']>[1];
type History = Readonly<Record<string, readonly number[]>>;

function assertNear(ours: readonly number[], theirs: readonly number[], what: string): void {
  assert.equal(ours.length, theirs.length, what);
  ours.forEach((value, i) => {
    assert.ok(Math.abs(value - theirs[i]) <= 1e-5 * Math.max(1, Math.abs(theirs[i])), `${what}: ${ours} ≠ ${theirs}`);
  });
}

describe('After fit the model has the weights and the history that TensorFlow.js gives it', () => {
  const cases: readonly [title: string, args: FitArgs][] = [
    ['batches of 8, the last one ragged', { epochs: 3, batchSize: 8 }],
    ['the default batch size', { epochs: 2 }],
    ['validation data', { epochs: 2, batchSize: 8, validationData: [unseen.x, unseen.y] }],
    ['a validation split', { epochs: 2, batchSize: 8, validationSplit: 0.3 }],
    ['no validation split', { epochs: 1, batchSize: 8, validationSplit: 0 }],
    ['a later first epoch', { epochs: 4, initialEpoch: 2, batchSize: 16 }],
    ['null for what is left out', { epochs: 1, callbacks: null as never, validationData: null as never }],
  ];
  for (const [title, args] of cases) {
    test(title, async () => {
      const { theirs, ours } = pair(tableModel);
      const given = { shuffle: false, verbose: 0, ...args } as FitArgs;
      const [their, our] = [await theirs.fit(table.x, table.y, given), await ours.fit(table.x, table.y, given)];
      assert.ok(our instanceof tfl.History);
      assert.deepEqual(our.epoch, their.epoch);
      assert.deepEqual(Object.keys(our.history).sort(), Object.keys(their.history).sort());
      for (const [name, values] of Object.entries(their.history as History))
        assertNear((our.history as History)[name], values, name);
      assert.ok(farthest(ours.getWeights(), theirs.getWeights()) < 1e-5);
    });
  }

  test('several inputs and outputs, as lists and by name', async () => {
    const { theirs, ours } = pair(twoOutputs);
    const args = { epochs: 2, batchSize: 10, shuffle: false, verbose: 0 } as const;
    const named = { a: several.x[0], b: several.x[1] };
    const [their, our] = [
      await theirs.fit(several.x, several.y, args),
      await ours.fit(named, { size: several.y[0], kind: several.y[1] }, args),
    ];
    for (const [name, values] of Object.entries(their.history as History))
      assertNear((our.history as History)[name], values, name);
    assert.ok(farthest(ours.getWeights(), theirs.getWeights()) < 1e-5);
  });
});

describe('Classes', () => {
  const rows = { x: numbers([40, 4], 5), y: classes(40, 3, 6) };
  const classifier = (): LayersModel => {
    const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 3, inputShape: [4], activation: 'softmax' })] });
    model.compile({ optimizer: tfc.train.sgd(0.3), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    return model;
  };
  const signed = tfc.mul(rows.y, numbers([40, 1], 7));
  const cases: readonly [title: string, y: Tensor, args: FitArgs][] = [
    ['with weights', rows.y, { classWeight: { 0: 1, 1: 2.5, 2: 0.5 } }],
    ['that are scaled by advantages, also negative ones', signed, {}],
  ];
  for (const [title, y, args] of cases) {
    test(title, async () => {
      const { theirs, ours } = pair(classifier);
      const given = { epochs: 3, batchSize: 8, shuffle: false, verbose: 0, ...args } as FitArgs;
      const [their, our] = [await theirs.fit(rows.x, y, given), await ours.fit(rows.x, y, given)];
      for (const [name, values] of Object.entries(their.history as History))
        assertNear((our.history as History)[name], values, name);
      assert.ok(farthest(ours.getWeights(), theirs.getWeights()) < 1e-5);
    });
  }
});

test('An output whose name begins as the logs of validation do keeps its own logs', async () => {
  const { theirs, ours } = pair(() => {
    const x = tfl.input({ shape: [4] });
    const outputs = ['val_a', 'b'].map((name) => tfl.layers.dense({ units: 1, name }).apply(x) as typeof x);
    const model = tfl.model({ inputs: x, outputs });
    model.compile({ optimizer: 'sgd', loss: ['meanSquaredError', 'meanAbsoluteError'], metrics: { b: 'mse' } });
    return model;
  });
  const args = { epochs: 2, shuffle: false, verbose: 0 } as const;
  const [their, our] = [theirs, ours].map((model) => model.fit(table.x, [table.y, table.y], args));
  const [expected, found] = [(await their).history as History, (await our).history as History];
  assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) assertNear(found[name], values, name);
});

describe('Layers are frozen or not as they were when the model was compiled', () => {
  /** Two layers, of which some are frozen when the model is compiled, and others afterwards. */
  const frozen = (compiled: readonly number[], after: readonly number[]) => (): LayersModel => {
    const model = tableModel();
    const freeze = (some: readonly number[]): void =>
      model.layers.forEach((layer, i) => {
        layer.trainable = !some.includes(i);
      });
    freeze(compiled);
    model.compile({ optimizer: tfc.train.momentum(0.02, 0.9), loss: 'meanSquaredError' });
    freeze(after);
    return model;
  };
  const cases: readonly [title: string, build: () => LayersModel][] = [
    ['frozen, and still so', frozen([0], [0])],
    ['frozen, and thawed since', frozen([2], [])],
    ['trained, and frozen since', frozen([], [0])],
    ['another one since', frozen([0], [2])],
  ];
  for (const [title, build] of cases) {
    test(title, async () => {
      const { theirs, ours } = pair(build);
      for (const model of [theirs, ours]) {
        for (let i = 0; i < 2; i++) await model.fit(table.x, table.y, { epochs: 1, shuffle: false, verbose: 0 });
      }
      assert.ok(
        farthest(
          ours.weights.map((w) => w.read()),
          theirs.weights.map((w) => w.read()),
        ) < 1e-5,
      );
    });
  }

  test('a discriminator that is trained itself and frozen within another model', async () => {
    const build = (): LayersModel[] => {
      const inner = tfl.sequential({ layers: [tfl.layers.dense({ units: 2, inputShape: [3], activation: 'tanh' })] });
      inner.compile({ optimizer: tfc.train.adam(0.01), loss: 'meanSquaredError' });
      inner.trainable = false;
      const outer = tfl.sequential({ layers: [tfl.layers.dense({ units: 3, inputShape: [4] }), inner] });
      outer.compile({ optimizer: tfc.train.adam(0.01), loss: 'meanSquaredError' });
      return [inner, outer];
    };
    const [theirs, models] = [build(), build()];
    models[1].setWeights(theirs[1].getWeights());
    const ours = models.map((model) => parallel(model, { workers: 1 }));
    opened.push(...ours);
    for (const [inner, outer] of [theirs, ours]) {
      for (let step = 0; step < 3; step++) {
        inner.trainable = true;
        await inner.trainOnBatch(numbers([6, 3], step), numbers([6, 2], step + 9));
        inner.trainable = false;
        await outer.trainOnBatch(numbers([6, 4], step), numbers([6, 2], step + 5));
      }
    }
    assert.ok(farthest(ours[1].getWeights(), theirs[1].getWeights()) < 1e-5);
  });
});

describe('Weights go to and fro', () => {
  test('weights that are set on the model between two calls are trained on', async () => {
    const { theirs, ours } = pair(tableModel);
    const args = { epochs: 1, shuffle: false, verbose: 0 } as const;
    for (const model of [theirs, ours]) {
      await model.fit(table.x, table.y, args);
      model.layers[0].setWeights([numbers([4, 8], 9), numbers([8], 10)]);
      await model.fit(table.x, table.y, args);
    }
    assert.ok(farthest(ours.getWeights(), theirs.getWeights()) < 1e-5);
  });

  test('the optimizer keeps its moments from one fit to the next', async () => {
    const { theirs, ours } = pair(twoOutputs);
    for (const model of [theirs, ours]) {
      for (let i = 0; i < 3; i++) await model.fit(several.x, several.y, { epochs: 1, shuffle: false, verbose: 0 });
    }
    assert.ok(farthest(ours.getWeights(), theirs.getWeights()) < 1e-5);
  });

  test('a learning rate that is set on the optimizer counts from the next call on', async () => {
    const { theirs, ours } = pair(tableModel);
    for (const model of [theirs, ours]) {
      await model.trainOnBatch(table.x, table.y);
      (model.optimizer as ReturnType<typeof tfc.train.sgd>).setLearningRate(0.2);
      await model.trainOnBatch(table.x, table.y);
    }
    assert.ok(farthest(ours.getWeights(), theirs.getWeights()) < 1e-5);
  });

  test('a call leaves no tensor behind', async () => {
    const { ours } = pair(tableModel);
    await ours.fit(table.x, table.y, { epochs: 1 });
    const before = tfc.memory().numTensors;
    await ours.fit(table.x, table.y, { epochs: 2, validationSplit: 0.2 });
    await ours.trainOnBatch(table.x, table.y);
    assert.equal(tfc.memory().numTensors, before);
  });
});

describe('Other calls give what TensorFlow.js gives', () => {
  test('trainOnBatch', async () => {
    const { theirs, ours } = pair(tableModel);
    const both = [await theirs.trainOnBatch(table.x, table.y), await ours.trainOnBatch(table.x, table.y)] as number[][];
    assertNear(both[1], both[0], 'trainOnBatch');
  });

  test('predict, predictOnBatch and evaluate, at once and with the weights of now', async () => {
    const { theirs, ours } = pair(tableModel);
    for (const model of [theirs, ours]) await model.trainOnBatch(table.x, table.y);
    for (const model of [theirs, ours]) model.layers[2].setWeights([numbers([8, 1], 5), numbers([1], 6)]);
    const outputs = (model: LayersModel): Tensor[] =>
      [model.predict(unseen.x, { batchSize: 7 }), model.predictOnBatch(unseen.x)].flat();
    assert.ok(farthest(outputs(ours), outputs(theirs)) < 1e-5);
    const values = (model: LayersModel): number[] =>
      (model.evaluate(unseen.x, unseen.y, { batchSize: 6 }) as Scalar[]).map((value) => value.dataSync()[0]);
    assertNear(values(ours), values(theirs), 'evaluate');
  });

  test('predict of several outputs is a list; evaluate of them has the values of metricsNames', async () => {
    const { ours } = pair(twoOutputs);
    await ours.fit(several.x, several.y, { epochs: 1, verbose: 0 });
    assert.deepEqual(
      (ours.predict(several.x) as Tensor[]).map(({ shape }) => shape),
      [
        [30, 1],
        [30, 3],
      ],
    );
    const values = (ours.evaluate(several.x, several.y) as Scalar[]).map((value) => value.dataSync()[0]);
    const named = Object.fromEntries(ours.metricsNames.map((name, i) => [name, values[i]]));
    assert.ok(Math.abs(named.loss - named.size_loss - named.kind_loss) < 1e-5);
    assert.ok(named.kind_acc >= 0 && named.kind_acc <= 1);
  });

  test('before the first training TensorFlow.js predicts itself; what Lockstep refuses, TensorFlow.js does or refuses', async () => {
    const { theirs, ours } = pair(tableModel);
    assert.ok(farthest([ours.predict(unseen.x) as Tensor], [theirs.predict(unseen.x) as Tensor]) === 0);
    await ours.trainOnBatch(table.x, table.y);
    const odd = tfc.tensor2d([[Number.NaN, 1, 2, 3]]);
    assert.ok(Number.isNaN((ours.predict(odd) as Tensor).dataSync()[0]));
    assert.throws(() => ours.predict(tfc.ones([2, 5])), /shape/);
  });

  test('compile again trains for another loss, from the weights as they are', async () => {
    const { theirs, ours } = pair(tableModel);
    for (const model of [theirs, ours]) {
      await model.fit(table.x, table.y, { epochs: 1, shuffle: false, verbose: 0 });
      model.compile({ optimizer: tfc.train.sgd(0.01), loss: 'meanAbsoluteError' });
      await model.fit(table.x, table.y, { epochs: 1, shuffle: false, verbose: 0 });
    }
    assert.ok(farthest(ours.getWeights(), theirs.getWeights()) < 1e-5);
  });

  test('a model that is saved with its optimizer goes on in TensorFlow.js as if it had been there all along', async () => {
    const { theirs, ours } = pair(twoOutputs);
    const args = { epochs: 2, batchSize: 10, shuffle: false, verbose: 0 } as const;
    for (const model of [theirs, ours]) await model.fit(several.x, several.y, args);
    let saved: tfc.io.ModelArtifacts = {};
    const keep = tfc.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    });
    await ours.save(keep, { includeOptimizer: true });
    const loaded = await tfl.loadLayersModel(tfc.io.fromMemory(saved));
    for (const model of [theirs, loaded]) await model.fit(several.x, several.y, args);
    assert.ok(farthest(loaded.getWeights(), theirs.getWeights()) < 1e-5);
  });

  test('it stays a tf.LayersModel with all that a model has', () => {
    const { ours } = pair(tableModel);
    assert.ok(ours instanceof tfl.LayersModel);
    const lines: string[] = [];
    ours.summary(undefined, undefined, (line) => lines.push(String(line)));
    assert.match(lines.join('\n'), /Total params: 81/);
    assert.equal(ours.layers.length, 3);
    assert.deepEqual(ours.metricsNames, ['loss', 'mae', 'mse']);
  });
});

describe('Optimizers of TensorFlow.js go by its rules', () => {
  const { train } = tfc;
  const optimizers: Readonly<Record<string, () => tfc.Optimizer>> = {
    sgd: () => train.sgd(0.05),
    momentum: () => train.momentum(0.02, 0.9, true),
    adam: () => train.adam(0.01),
    rmsprop: () => train.rmsprop(0.01, 0.9, 0.5),
    adagrad: () => train.adagrad(0.05),
    adadelta: () => train.adadelta(0.01),
    adamax: () => train.adamax(0.01),
  };
  for (const [name, optimizer] of Object.entries(optimizers)) {
    test(name, async () => {
      const { theirs, ours } = pair(() => {
        const model = tableModel();
        model.compile({ optimizer: optimizer(), loss: 'meanSquaredError' });
        return model;
      });
      for (const model of [theirs, ours]) {
        for (const epochs of [3, 2]) {
          await model.fit(table.x, table.y, { epochs, batchSize: 9, shuffle: false, verbose: 0 });
        }
      }
      assert.ok(farthest(ours.getWeights(), theirs.getWeights()) < 1e-4);
    });
  }
});

describe('Datasets are trained and evaluated on as TensorFlow.js does', () => {
  /** Batches of 9 rows; `repeats`: without end. */
  const batches = (repeats = false) =>
    tfd.generator(function* () {
      do {
        for (let from = 0; from < 45; from += 9) {
          yield { xs: tfc.slice(table.x, from, 9), ys: tfc.slice(table.y, from, 9) };
        }
      } while (repeats);
    });
  const cases: readonly [title: string, args: Partial<FitDatasetArgs>, repeats: boolean][] = [
    ['whole epochs', { epochs: 2 }, false],
    ['batchesPerEpoch of an endless one', { epochs: 3, batchesPerEpoch: 4 }, true],
    ['arrays to validate on', { epochs: 2, validationData: [unseen.x, unseen.y] }, false],
    ['a dataset to validate on', { epochs: 2, validationData: batches(), validationBatches: 3 } as never, false],
  ];
  for (const [title, args, repeats] of cases) {
    test(title, async () => {
      const { theirs, ours } = pair(tableModel);
      const given = { epochs: 1, verbose: 0, ...args } as FitDatasetArgs;
      const histories = [];
      for (const model of [theirs, ours]) histories.push(await model.fitDataset(batches(repeats) as never, given));
      const [their, our] = histories as { epoch: number[]; history: History }[];
      assert.deepEqual(our.epoch, their.epoch);
      for (const [name, values] of Object.entries(their.history)) assertNear(our.history[name], values, name);
      assert.ok(farthest(ours.getWeights(), theirs.getWeights()) < 1e-5);
    });
  }

  test('evaluateDataset', async () => {
    const { theirs, ours } = pair(tableModel);
    const values = async (model: LayersModel): Promise<number[]> =>
      ((await model.evaluateDataset(batches() as never, { batches: 3 })) as Scalar[]).map(
        (value) => value.dataSync()[0],
      );
    assertNear(await values(ours), await values(theirs), 'evaluateDataset');
  });
});

describe('Mistakes are one sentence', () => {
  test('what is no model', () => {
    assert.throws(() => parallel({} as LayersModel), /parallel was given \{\}; give a tf.LayersModel/);
  });

  test('a model that is not compiled', async () => {
    const model = parallel(tfl.sequential({ layers: [tfl.layers.dense({ units: 1, inputShape: [4] })] }));
    await assert.rejects(model.fit(table.x, table.y), (error: LockstepError) => error.code === 'MISSING_OPTION');
  });

  test('a second fit while one is running', async () => {
    const { ours } = pair(tableModel);
    const first = ours.fit(table.x, table.y);
    await assert.rejects(ours.fit(table.x, table.y), /another fit\(\) call is ongoing/);
    await first;
  });
});
