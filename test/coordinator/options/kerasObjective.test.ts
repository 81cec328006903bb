import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type LossOptions,
  type MetricOptions,
  readLoss,
  readMetric,
} from '../../../src/coordinator/options/objectives.js';
import { anyOptimizer } from '../../../src/coordinator/options/optimizers.js';

/** As Keras 3.15.1 serialises them: `keras.saving.serialize_keras_object(…)`. */
const keras = (module: string, class_name: string, config: object | string) => ({
  module,
  class_name,
  config,
  registered_name: null,
});
const loss = (name: string, config: object) =>
  readLoss(keras('keras.losses', name, { name: 'own', reduction: 'sum_over_batch_size', ...config }) as never);
const metric = (name: string, config: object) =>
  readMetric(keras('keras.metrics', name, { name: 'own', dtype: 'float32', ...config }) as never);
/** The loss that is meant: whatever Keras serialises says how it is reduced. */
const reduced = (given: LossOptions) => readLoss({ ...given, reduction: 'sum_over_batch_size' });
/** The metric that is meant, by the name that Keras's config gives it in the logs. */
const ours = (given: MetricOptions) => readMetric({ ...given, logName: 'own' });

describe('What Keras serialises is read as the same in Lockstep’s words:', () => {
  const read: [string, object, object][] = [
    ['MeanSquaredError', loss('MeanSquaredError', {}), reduced({ name: 'meanSquaredError' })],
    [
      'BinaryCrossentropy',
      loss('BinaryCrossentropy', { from_logits: true, label_smoothing: 0.1, axis: -1 }),
      reduced({ name: 'binaryCrossentropy', fromLogits: true, labelSmoothing: 0.1 }),
    ],
    ['Huber', loss('Huber', { delta: 0.5 }), reduced({ name: 'huber', delta: 0.5 })],
    [
      'SparseCategoricalCrossentropy',
      loss('SparseCategoricalCrossentropy', { from_logits: false, ignore_class: null }),
      reduced({ name: 'sparseCategoricalCrossentropy' }),
    ],
    ['CosineSimilarity', loss('CosineSimilarity', {}), reduced({ name: 'cosineSimilarity' })],
    ['a synonym of its reduction', loss('LogCosh', { reduction: 'mean' }), reduced({ name: 'logCosh' })],
    ['the reduction of Keras 2', loss('LogCosh', { reduction: 'auto' }), reduced({ name: 'logCosh' })],
    ['the other reduction', loss('LogCosh', { reduction: 'mean_with_sample_weight' }), readLoss('logCosh')],
    ['a loss without one', readLoss(keras('keras.losses', 'LogCosh', {}) as never), reduced({ name: 'logCosh' })],
    [
      'a function',
      readLoss(keras('builtins', 'function', 'mean_squared_error') as never),
      reduced({ name: 'meanSquaredError' }),
    ],
    [
      'a loss for a metric',
      readMetric(keras('keras.losses', 'MeanSquaredError', { reduction: 'sum_over_batch_size' }) as never),
      readMetric('meanSquaredError'),
    ],
    ['metric LogCoshError', metric('LogCoshError', {}), ours({ name: 'logCosh' })],
    [
      'metric TopKCategoricalAccuracy',
      metric('TopKCategoricalAccuracy', { k: 3 }),
      ours({ name: 'topKCategoricalAccuracy', k: 3 }),
    ],
    [
      'metric Precision',
      metric('Precision', { thresholds: null, top_k: 2, class_id: null }),
      ours({ name: 'precision', topK: 2 }),
    ],
    [
      'metric AUC',
      metric('AUC', {
        num_thresholds: 50,
        curve: 'PR',
        summation_method: 'interpolation',
        multi_label: false,
        num_labels: null,
        label_weights: null,
        from_logits: false,
      }),
      ours({ name: 'auc', numThresholds: 50, curve: 'PR' }),
    ],
    [
      'metric R2Score',
      metric('R2Score', { class_aggregation: 'uniform_average', num_regressors: 0 }),
      ours({ name: 'r2Score' }),
    ],
    ['Adam by its class name', anyOptimizer('Adam'), anyOptimizer('adam')],
    [
      'Adam',
      anyOptimizer(
        keras('keras.optimizers', 'Adam', {
          name: 'adam',
          learning_rate: 0.01,
          weight_decay: null,
          clipnorm: null,
          loss_scale_factor: null,
          beta_1: 0.8,
          amsgrad: false,
        }),
      ),
      anyOptimizer({ name: 'adam', learningRate: 0.01, beta1: 0.8 }),
    ],
    [
      'SGD with a schedule',
      anyOptimizer(
        keras('keras.optimizers', 'SGD', {
          name: 'sgd',
          learning_rate: keras('keras.optimizers.schedules', 'CosineDecay', {
            initial_learning_rate: 0.1,
            decay_steps: 100,
            alpha: 0,
            name: 'CosineDecay',
            warmup_target: null,
            warmup_steps: 0,
          }),
          momentum: 0.9,
        }),
      ),
      anyOptimizer({
        name: 'sgd',
        learningRate: 0.1,
        momentum: 0.9,
        schedule: { kind: 'cosineDecay', decaySteps: 100, alpha: 0 },
      }),
    ],
    [
      'a schedule with a warm-up',
      anyOptimizer(
        keras('keras.optimizers', 'SGD', {
          name: 'sgd',
          learning_rate: keras('keras.optimizers.schedules', 'CosineDecay', {
            ...{ initial_learning_rate: 0.05, decay_steps: 100, alpha: 0, name: 'CosineDecay' },
            ...{ warmup_target: 0.1, warmup_steps: 4 },
          }),
        }),
      ),
      anyOptimizer({
        name: 'sgd',
        learningRate: 0.1,
        schedule: { kind: 'warmUp', warmupSteps: 4, startFactor: 0.5, after: { kind: 'cosineDecay', decaySteps: 100 } },
      }),
    ],
  ];
  for (const [what, found, right] of read) test(what, () => assert.deepEqual(found, right));
});

describe('What asks for something that Lockstep does not do is refused with a sentence:', () => {
  const refused: [string, () => unknown, RegExp][] = [
    [
      'a sum of losses',
      () => loss('MeanSquaredError', { reduction: 'sum' }),
      /reduction is "sum"; give one of mean_with_sample_weight, sum_over_batch_size/,
    ],
    ['another axis', () => loss('BinaryCrossentropy', { axis: 1 }), /axis is 1, which Lockstep does not do; give -1/],
    ['another type of numbers', () => metric('BinaryAccuracy', { dtype: 'float64' }), /dtype is "float64", which/],
    ['regressors', () => metric('R2Score', { num_regressors: 2 }), /numRegressors is 2, which/],
    ['equality', () => metric('Accuracy', {}), /counts predictions that equal their targets/],
    [
      'an optimizer that is not there',
      () => anyOptimizer('Lookahead'),
      /optimizer is "lookahead", which Lockstep does not know/,
    ],
  ];
  for (const [what, read, message] of refused)
    test(what, () => assert.throws(read, { name: 'LockstepError', message }));
});
