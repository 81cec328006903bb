import { closest } from 'fastest-levenshtein';
import { userError } from '../../shared/errors.js';
import type { EngineChoice, LossName, MetricName } from '../options.js';

export const lossNames = [
  'meanSquaredError',
  'binaryCrossentropy',
  'categoricalCrossentropy',
  'sparseCategoricalCrossentropy',
] as const satisfies readonly LossName[];

export const metricNames = [
  'accuracy',
  'binaryAccuracy',
  'categoricalAccuracy',
  'sparseCategoricalAccuracy',
] as const satisfies readonly MetricName[];

export const engineNames = ['auto', 'native', 'reference'] as const satisfies readonly EngineChoice[];

const lossAliases: Readonly<Record<string, LossName>> = { mse: 'meanSquaredError', bce: 'binaryCrossentropy' };
const metricAliases: Readonly<Record<string, MetricName>> = { acc: 'accuracy' };

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
