import type { OptimizerSpec } from '../../../shared/optimizers/optimizers.js';
import { type LossName, lossOf, type Reduction } from '../../options/losses.js';
import { ownMetrics } from '../../options/metrics.js';
import type { MetricSpec, Objective } from '../../options/objectives.js';
import { inexpressible, type OptimizerConfig, writeOptimizer } from './optimizers.js';

/** `trainingConfig` of a model.json, from which `tf.loadLayersModel` compiles the model. */
export interface TrainingConfig {
  readonly loss: string | readonly string[];
  readonly metrics: readonly string[];
  readonly optimizer_config: OptimizerConfig;
  /** Lockstep's own, which TensorFlow.js passes over: what the losses are divided by. */
  readonly reduction: Reduction;
}

/** Losses that model files may name as metrics; others are left out, as they change nothing of the training. */
const shortNames: Readonly<Record<string, string>> = {
  mean_squared_error: 'mse',
  mean_absolute_error: 'mae',
  mean_absolute_percentage_error: 'mape',
  categorical_crossentropy: 'categorical_crossentropy',
  sparse_categorical_crossentropy: 'sparse_categorical_crossentropy',
};

function metricOf({ name }: MetricSpec): string[] {
  const own = ownMetrics.find((known) => known.name === name);
  const tfjs = own !== undefined ? own.tfjs : shortNames[lossOf(name as LossName).tfjs ?? ''];
  return tfjs === null || tfjs === undefined ? [] : [tfjs];
}

/** What TensorFlow.js is to compile a model with; throws for what it lacks. */
export function trainingConfigOf(
  objectives: readonly Objective[],
  optimizer: OptimizerSpec,
  learningRate: number,
): TrainingConfig {
  const losses = objectives.map(storedLoss);
  const metrics = objectives.map((objective) => objective.metrics.flatMap(metricOf));
  // TensorFlow.js takes one list for all outputs.
  const areAlike = metrics.every((list) => list.join() === metrics[0].join());
  return {
    loss: losses.length === 1 ? losses[0] : losses,
    metrics: areAlike ? metrics[0] : [],
    optimizer_config: writeOptimizer(optimizer, learningRate),
    reduction: storedReduction(objectives),
  };
}

/** A file has one for all of its losses. */
function storedReduction(objectives: readonly Objective[]): Reduction {
  const [first, ...others] = new Set(objectives.flatMap(({ loss }) => loss?.reduction ?? []));
  if (others.length > 0) throw inexpressible('losses of several reductions');
  return first;
}

function storedLoss({ loss, lossWeight }: Objective): string {
  if (loss === null) throw inexpressible('model with an output that has no loss');
  const { name, reduction: _, ...options } = loss;
  const { tfjs } = lossOf(name);
  if (tfjs === null) throw inexpressible(`loss ${'function' in loss ? loss.function : name}`);
  const set = Object.entries(options).find(([key, value]) => key !== 'axis' && value !== false && value !== 0);
  if (set !== undefined) throw inexpressible(`loss ${name} with ${set[0]}: ${JSON.stringify(set[1])}`);
  if (lossWeight !== 1) throw inexpressible(`lossWeights (${lossWeight})`);
  return tfjs;
}
