import { closest } from 'fastest-levenshtein';
import { userError } from '../../shared/errors.js';
import type { LossName, MetricName } from '../options.js';
import { camelCase } from './casing.js';

const losses: Readonly<Record<string, LossName>> = {
  meanSquaredError: 'meanSquaredError',
  mse: 'meanSquaredError',
  binaryCrossentropy: 'binaryCrossentropy',
  categoricalCrossentropy: 'categoricalCrossentropy',
  sparseCategoricalCrossentropy: 'sparseCategoricalCrossentropy',
};

const metrics: Readonly<Record<string, MetricName>> = {
  accuracy: 'accuracy',
  acc: 'accuracy',
  binaryAccuracy: 'binaryAccuracy',
  categoricalAccuracy: 'categoricalAccuracy',
  sparseCategoricalAccuracy: 'sparseCategoricalAccuracy',
};

/** A loss by its TensorFlow.js or Keras name. */
export function normalizeLoss(name: string): LossName {
  return normalize('loss', losses, name);
}

/** A metric by its TensorFlow.js or Keras name. */
export function normalizeMetric(name: string): MetricName {
  return normalize('metric', metrics, name);
}

function normalize<T>(kind: string, known: Readonly<Record<string, T>>, name: unknown): T {
  const key = camelCase(String(name));
  if (Object.hasOwn(known, key)) return known[key];
  const names = Object.keys(known);
  throw userError(
    `UNKNOWN_${kind.toUpperCase()}`,
    `The ${kind} is ${JSON.stringify(name)}, which Lockstep does not know; did you mean ${closest(key, names)}? (known: ${names.join(', ')})`,
  );
}
