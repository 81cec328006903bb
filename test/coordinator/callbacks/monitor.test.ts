import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { metricDirection } from '../../../src/coordinator/compiler/lower/metric.js';
import { metricNames } from '../../../src/coordinator/options/metrics.js';
import { readMetric } from '../../../src/coordinator/options/objectives.js';
import { type Callback, callbacks, type FitControl, Trainer, type TrainerOptions } from '../../../src/index.js';

/**
 * `_direction` of the metrics of Keras 3.15.1, where the counts of a confusion matrix have none; huber, focal and log-cosh
 * losses and others, which are no metrics there, fall as losses do.
 */
const keras: Readonly<Record<string, 'min' | 'max' | undefined>> = {
  accuracy: 'max',
  binaryAccuracy: 'max',
  categoricalAccuracy: 'max',
  sparseCategoricalAccuracy: 'max',
  topKCategoricalAccuracy: 'max',
  sparseTopKCategoricalAccuracy: 'max',
  precision: 'max',
  recall: 'max',
  truePositives: 'max',
  trueNegatives: 'max',
  falsePositives: 'min',
  falseNegatives: 'min',
  f1Score: 'max',
  fBetaScore: 'max',
  precisionAtRecall: 'max',
  recallAtPrecision: 'max',
  sensitivityAtSpecificity: 'max',
  specificityAtSensitivity: 'max',
  binaryIoU: 'max',
  iou: 'max',
  meanIoU: 'max',
  oneHotIoU: 'max',
  oneHotMeanIoU: 'max',
  pearsonCorrelation: 'max',
  concordanceCorrelation: 'max',
  auc: 'max',
  r2Score: 'max',
  cosineSimilarity: 'max',
  rootMeanSquaredError: 'min',
  meanSquaredError: 'min',
  meanAbsoluteError: 'min',
  meanAbsolutePercentageError: 'min',
  meanSquaredLogarithmicError: 'min',
  huber: 'min',
  logCosh: 'min',
  hinge: 'min',
  squaredHinge: 'min',
  categoricalHinge: 'min',
  poisson: 'min',
  kullbackLeiblerDivergence: 'min',
  binaryCrossentropy: 'min',
  binaryFocalCrossentropy: 'min',
  categoricalCrossentropy: 'min',
  categoricalFocalCrossentropy: 'min',
  sparseCategoricalCrossentropy: 'min',
  crossentropy: 'min',
  categoricalGeneralizedCrossEntropy: 'min',
  dice: 'min',
  tversky: 'min',
  custom: undefined,
  traced: undefined,
  called: undefined,
};

/** What some metrics cannot do without. */
const needed: Readonly<Record<string, object>> = {
  precisionAtRecall: { recall: 0.5 },
  recallAtPrecision: { precision: 0.5 },
  sensitivityAtSpecificity: { specificity: 0.5 },
  specificityAtSensitivity: { sensitivity: 0.5 },
  iou: { numClasses: 2, targetClassIds: [0] },
  meanIoU: { numClasses: 2 },
  oneHotIoU: { numClasses: 2, targetClassIds: [0] },
  oneHotMeanIoU: { numClasses: 2 },
};

test('A metric knows which way it improves, as in Keras', () => {
  assert.deepEqual(Object.keys(keras).toSorted(), metricNames.toSorted());
  for (const [name, direction] of Object.entries(keras)) {
    const isFunction = ['custom', 'traced', 'called'].includes(name);
    const options = { name, ...(needed[name] ?? {}) };
    const spec = isFunction ? ({ name, function: 'mine' } as never) : readMetric(options);
    assert.equal(metricDirection(spec).direction, direction, name);
  }
});

const rows = 8;
const x = Float32Array.from({ length: 2 * rows }, (_, i) => Math.sin(i));
const y = Float32Array.from({ length: rows }, (_, i) => Math.cos(i));
/** Names that have those of metrics in them. */
const outputs = ['accel', 'account', 'f1', 'r2', 'iou', 'top_k', 'auc', 'precision', 'recall', 'value', 'loss_of_acc'];

function modelOf(names: readonly string[]) {
  const layers = names.map((name) => ({ type: 'Dense', name, units: 1, activation: 'sigmoid', inputs: 'in' }));
  return { layers: [{ type: 'Input', name: 'in', shape: [2] }, ...layers], outputs: names };
}

/** What a `fit` of a model with such outputs tells of its logs. */
async function control(names: readonly string[], changes: Partial<TrainerOptions> = {}): Promise<FitControl> {
  const options: TrainerOptions = { optimizer: 'sgd', loss: 'binaryCrossentropy', workers: 1, seed: 1, ...changes };
  await using trainer = await Trainer.create(modelOf(names), options);
  let seen: FitControl | undefined;
  const looking: Callback = { onTrainBegin: (fit) => void (seen = fit) };
  const target = names.length === 1 ? y : Object.fromEntries(names.map((name) => [name, y]));
  await trainer.fit({ x, y: target }, { validationSplit: 0.5, callbacks: [looking] });
  return seen as FitControl;
}

describe('What outputs are called says nothing of which way is better', () => {
  test('losses fall', async () => {
    const { directions } = await control(outputs);
    for (const name of ['loss', ...outputs.map((output) => `${output}_loss`)]) {
      assert.deepEqual([directions[name], directions[`val_${name}`]], ['min', 'min'], name);
    }
  });

  test('metrics go their own way', async () => {
    const metrics = ['auc', 'meanAbsoluteError', 'binaryAccuracy', 'rootMeanSquaredError'] as const;
    const each = <T>(given: T) => Object.fromEntries(outputs.map((output) => [output, given]));
    const weightedMetrics = each(['recall', 'meanAbsoluteError'] as const);
    const { directions, logNames } = await control(outputs, { metrics: each(metrics), weightedMetrics } as never);
    for (const output of outputs) {
      const own = (name: string): string | undefined => directions[`val_${output}_${name}`];
      assert.deepEqual(metrics.map(own), ['max', 'min', 'max', 'min'], output);
      assert.deepEqual([own('recall'), own('weighted_meanAbsoluteError')], ['max', 'min']);
    }
    assert.deepEqual(Object.keys(directions).toSorted(), logNames.toSorted());
  });
});

describe('A function of yours has no direction until mode tells it', () => {
  const modules = [fileURLToPath(new URL('../../../../test/fixtures/squared.js', import.meta.url))];
  const makers: readonly [string, (options: { monitor: string; mode?: 'min' | 'max' }) => Callback][] = [
    ['earlyStopping', (options) => callbacks.earlyStopping({ ...options, patience: 9 })],
    ['reduceLROnPlateau', (options) => callbacks.reduceLROnPlateau(options)],
    [
      'modelCheckpoint',
      (options) => callbacks.modelCheckpoint({ ...options, filepath: '/nowhere/x', saveBestOnly: true }),
    ],
  ];
  for (const [name, make] of makers) {
    test(name, async () => {
      const changes = { modules, metrics: [{ name: 'custom', function: 'squared' }] as never };
      const { logNames } = await control(['accel'], changes);
      const monitor = logNames.find((each) => each.startsWith('val_') && each !== 'val_loss') as string;
      await using trainer = await Trainer.create(modelOf(['accel']), {
        optimizer: 'sgd',
        loss: 'binaryCrossentropy',
        workers: 1,
        ...changes,
      });
      const fit = (callback: Callback) =>
        trainer.fit({ x, y }, { epochs: 2, validationSplit: 0.5, callbacks: [callback] });
      await assert.rejects(fit(make({ monitor })), {
        code: 'MODE_NEEDED',
        message: new RegExp(`${name} monitors ${monitor}.*mode: 'min'`),
      });
      assert.equal(trainer.step, 0);
      if (name !== 'modelCheckpoint') await fit(make({ monitor, mode: 'max' }));
    });
  }
});

test('Training goes on while a loss falls, whatever its output is called', async () => {
  for (const name of ['force', 'accel', 'f1', 'r2', 'iou']) {
    await using trainer = await Trainer.create(modelOf(['speed', name]), {
      optimizer: 'sgd',
      loss: 'meanSquaredError',
      workers: 1,
      seed: 2,
    });
    const stopping = callbacks.earlyStopping({ monitor: `${name}_loss`, patience: 2, restoreBestWeights: true });
    const { history } = await trainer.fit({ x, y: { speed: y, [name]: y } }, { epochs: 8, callbacks: [stopping] });
    assert.equal(history[`${name}_loss`].length, 8, name);
    assert.equal(stopping.best, Math.min(...history[`${name}_loss`]), name);
  }
});
