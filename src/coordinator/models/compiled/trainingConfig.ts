import type { OptimizerSpec } from '../../../shared/optimizers/optimizers.js';
import type { LossName, MetricName } from '../../options/names.js';
import type { Objective } from '../../options/objectives.js';
import { inexpressible, type OptimizerConfig, writeOptimizer } from './optimizers.js';

/** `trainingConfig` of a model.json, from which `tf.loadLayersModel` compiles the model. */
export interface TrainingConfig {
  readonly loss: string | readonly string[];
  readonly metrics: readonly string[];
  readonly optimizer_config: OptimizerConfig;
}

const lossNames: Partial<Record<LossName, string>> = {
  meanSquaredError: 'mean_squared_error',
  meanAbsoluteError: 'mean_absolute_error',
  meanAbsolutePercentageError: 'mean_absolute_percentage_error',
  meanSquaredLogarithmicError: 'mean_squared_logarithmic_error',
  squaredHinge: 'squared_hinge',
  hinge: 'hinge',
  categoricalHinge: 'categorical_hinge',
  logCosh: 'logcosh',
  categoricalCrossentropy: 'categorical_crossentropy',
  sparseCategoricalCrossentropy: 'sparse_categorical_crossentropy',
  binaryCrossentropy: 'binary_crossentropy',
  kullbackLeiblerDivergence: 'kullback_leibler_divergence',
  poisson: 'poisson',
  cosineSimilarity: 'cosine_proximity',
};

/** Others are left out: they change nothing of the training. */
const metricNames: Partial<Record<MetricName, string>> = {
  accuracy: 'accuracy',
  binaryAccuracy: 'binary_accuracy',
  categoricalAccuracy: 'categorical_accuracy',
  categoricalCrossentropy: 'categorical_crossentropy',
  sparseCategoricalCrossentropy: 'sparse_categorical_crossentropy',
  meanSquaredError: 'mse',
  meanAbsoluteError: 'mae',
  meanAbsolutePercentageError: 'mape',
};

/** What TensorFlow.js is to compile a model with; throws for what it lacks. */
export function trainingConfigOf(
  objectives: readonly Objective[],
  optimizer: OptimizerSpec,
  learningRate: number,
): TrainingConfig {
  const losses = objectives.map(lossOf);
  const metrics = objectives.map((objective) => objective.metrics.flatMap(({ name }) => metricNames[name] ?? []));
  // TensorFlow.js takes one list for all outputs.
  const areAlike = metrics.every((list) => list.join() === metrics[0].join());
  return {
    loss: losses.length === 1 ? losses[0] : losses,
    metrics: areAlike ? metrics[0] : [],
    optimizer_config: writeOptimizer(optimizer, learningRate),
  };
}

function lossOf({ loss, lossWeight }: Objective): string {
  const { name, ...options } = loss;
  const known = lossNames[name];
  if (known === undefined) throw inexpressible(`loss ${name}`);
  const set = Object.entries(options).find(([key, value]) => key !== 'axis' && value !== false && value !== 0);
  if (set !== undefined) throw inexpressible(`loss ${name} with ${set[0]}: ${JSON.stringify(set[1])}`);
  if (lossWeight !== 1) throw inexpressible(`lossWeights (${lossWeight})`);
  return known;
}
