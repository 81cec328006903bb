import { closest } from 'fastest-levenshtein';
import { userError } from '../../shared/errors.js';
import type { Schedule } from '../../shared/optimizers/schedules.js';
import type { EngineName } from '../../shared/protocol/messages.js';

export const lossNames = [
  'meanSquaredError',
  'meanAbsoluteError',
  'meanAbsolutePercentageError',
  'meanSquaredLogarithmicError',
  'huber',
  'logCosh',
  'hinge',
  'squaredHinge',
  'categoricalHinge',
  'poisson',
  'kullbackLeiblerDivergence',
  'cosineSimilarity',
  'binaryCrossentropy',
  'binaryFocalCrossentropy',
  'categoricalCrossentropy',
  'categoricalFocalCrossentropy',
  'sparseCategoricalCrossentropy',
  'custom',
] as const;

export type LossName = (typeof lossNames)[number];

/** Every loss is a metric too. */
export const metricNames = [
  'accuracy',
  'binaryAccuracy',
  'categoricalAccuracy',
  'sparseCategoricalAccuracy',
  'topKCategoricalAccuracy',
  'sparseTopKCategoricalAccuracy',
  'precision',
  'recall',
  'f1Score',
  'auc',
  'r2Score',
  'rootMeanSquaredError',
  ...lossNames,
] as const;

export type MetricName = (typeof metricNames)[number];

/** The keys of a loss or metric that is written with options. */
export const objectiveKeys: readonly string[] = [
  ...['name', 'className', 'config', 'function', 'axis', 'delta', 'fromLogits', 'labelSmoothing', 'gamma', 'alpha'],
  ...['applyClassBalancing', 'threshold', 'thresholds', 'k', 'topK', 'average', 'curve', 'numThresholds'],
  'classAggregation',
];

export const scheduleNames = [
  'exponentialDecay',
  'piecewiseConstant',
  'cosineDecay',
  'cosineDecayRestarts',
  'polynomialDecay',
  'oneCycle',
  'warmUp',
] as const satisfies readonly Schedule['kind'][];

export const engineNames = ['auto', 'native', 'reference', 'tensorflow', 'tfjs'] as const satisfies readonly (
  | 'auto'
  | EngineName
)[];

/** Short names, and names of TensorFlow.js that Keras 3 spells otherwise. */
const lossAliases: Readonly<Record<string, LossName>> = {
  mse: 'meanSquaredError',
  mae: 'meanAbsoluteError',
  mape: 'meanAbsolutePercentageError',
  msle: 'meanSquaredLogarithmicError',
  kld: 'kullbackLeiblerDivergence',
  kldivergence: 'kullbackLeiblerDivergence',
  cosineproximity: 'cosineSimilarity',
  bce: 'binaryCrossentropy',
};

const metricAliases: Readonly<Record<string, MetricName>> = {
  ...lossAliases,
  acc: 'accuracy',
  rmse: 'rootMeanSquaredError',
  f1: 'f1Score',
  r2: 'r2Score',
};

/** A loss by its TensorFlow.js or Keras name: `binaryCrossentropy`, `binary_crossentropy`, `BinaryCrossentropy`, `mse`. */
export function normalizeLoss(name: string): LossName {
  return findLoss(name) ?? refuse('loss', lossNames, name);
}

/** A metric by its TensorFlow.js or Keras name: `accuracy`, `acc`, `binary_accuracy`. */
export function normalizeMetric(name: string): MetricName {
  return findMetric(name) ?? refuse('metric', metricNames, name);
}

export function findLoss(name: unknown): LossName | undefined {
  return find(lossNames, lossAliases, name);
}

export function findMetric(name: unknown): MetricName | undefined {
  return find(metricNames, metricAliases, name);
}

export function findSchedule(name: unknown): Schedule['kind'] | undefined {
  return find(scheduleNames, { piecewiseconstantdecay: 'piecewiseConstant' }, name);
}

/** Keras writes one name in several cases, with underscores or without. */
function find<T extends string>(
  names: readonly T[],
  aliases: Readonly<Record<string, T>>,
  name: unknown,
): T | undefined {
  const flat = String(name).replaceAll('_', '').toLowerCase();
  if (Object.hasOwn(aliases, flat)) return aliases[flat];
  return names.find((known) => known.toLowerCase() === flat);
}

function refuse(kind: string, names: readonly string[], name: unknown): never {
  throw userError(
    `UNKNOWN_${kind.toUpperCase()}`,
    `The ${kind} is ${JSON.stringify(name)}, which Lockstep does not know; did you mean ${closest(String(name), names)}? (known: ${names.join(', ')})`,
  );
}
