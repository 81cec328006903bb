import { z } from 'zod';
import type { Objective } from '../lower/judge.js';
import { belowOne, flag, nonNegative, oneOf, positive, share, wholeNumber } from './fields.js';
import { type LossName, lossNames, type MetricName, metricNames, normalizeLoss, normalizeMetric } from './names.js';
import { flattenNamed, renameKeys } from './normalize.js';
import { requireParsed } from './sentences.js';

/** Losses and metrics with their options; the defaults are those of Keras 3. */

/** Whether predictions are logits, and the share of every target that is spread over all classes. */
const logits = { fromLogits: flag().default(false) };
const crossentropy = { ...logits, labelSmoothing: belowOne().default(0) };
const focal = { ...crossentropy, gamma: nonNegative().default(2) };

/** Only the last axis, as in TensorFlow.js. */
const lastAxis = { axis: z.literal(-1, { error: 'the last axis: -1' }).default(-1) };

const named = <const N extends string, T extends z.core.$ZodLooseShape>(name: N, shape: T) =>
  z.strictObject({ name: z.literal(name), ...shape });

const losses = [
  named('meanSquaredError', {}),
  named('meanAbsoluteError', {}),
  named('meanAbsolutePercentageError', {}),
  named('meanSquaredLogarithmicError', {}),
  named('huber', { delta: positive().default(1) }),
  named('logCosh', {}),
  named('hinge', {}),
  named('squaredHinge', {}),
  named('categoricalHinge', {}),
  named('poisson', {}),
  named('kullbackLeiblerDivergence', {}),
  named('cosineSimilarity', lastAxis),
  named('binaryCrossentropy', crossentropy),
  named('binaryFocalCrossentropy', {
    ...focal,
    applyClassBalancing: flag().default(false),
    alpha: share().default(0.25),
  }),
  named('categoricalCrossentropy', crossentropy),
  named('categoricalFocalCrossentropy', { ...focal, alpha: positive().default(0.25) }),
  named('sparseCategoricalCrossentropy', logits),
] as const;

const threshold = () => share().default(0.5);
const top = { k: wholeNumber(1).default(5) };

const metrics = [
  named('accuracy', {}),
  named('binaryAccuracy', { threshold: threshold() }),
  named('categoricalAccuracy', {}),
  named('sparseCategoricalAccuracy', {}),
  named('topKCategoricalAccuracy', top),
  named('sparseTopKCategoricalAccuracy', top),
  named('precision', { thresholds: share().exactOptional(), topK: wholeNumber(1).exactOptional() }),
  named('recall', { thresholds: share().exactOptional(), topK: wholeNumber(1).exactOptional() }),
  named('f1Score', {
    average: oneOf(['macro', 'micro', 'weighted']).default('macro'),
    threshold: share().exactOptional(),
  }),
  named('auc', {
    curve: oneOf(['ROC', 'PR']).default('ROC'),
    numThresholds: wholeNumber(3).default(200),
  }),
  named('r2Score', {
    classAggregation: oneOf(['uniform_average', 'variance_weighted_average']).default('uniform_average'),
  }),
  named('rootMeanSquaredError', {}),
  ...losses,
] as const;

/** The name is looked at first, so that a misspelt one gets its own sentence. */
const nameFirst = <const T extends readonly string[]>(names: T) => z.looseObject({ name: oneOf(names) });

export const lossSchema = nameFirst(lossNames).pipe(z.discriminatedUnion('name', losses));
export const metricSchema = nameFirst(metricNames).pipe(z.discriminatedUnion('name', metrics));

/** A loss or metric with every option settled: plain data. */
export type LossSpec = z.output<typeof lossSchema>;
export type MetricSpec = z.output<typeof metricSchema>;

/** The same as a user gives it: the name, or the name beside the options that differ from Keras's defaults. */
export type LossOptions = z.input<(typeof losses)[number]>;
export type MetricOptions = z.input<(typeof metrics)[number]>;

/** What an output is trained for, as a user gives it. */
export interface ObjectiveOptions {
  /** A loss by its name, or its name beside its options: `{ name: 'huber', delta: 0.5 }`. */
  readonly loss: LossName | LossOptions;
  /** Metrics in the same way. `accuracy` becomes the form that suits the loss and the output, as in Keras. */
  readonly metrics?: readonly (MetricName | MetricOptions)[];
  /** Metrics in which rows count by their weights, where the data has any. */
  readonly weightedMetrics?: readonly (MetricName | MetricOptions)[];
}

/** Settles loss and metrics; throws as `readLoss` and `readMetric` do. */
export function readObjective({ loss, metrics = [], weightedMetrics = [] }: ObjectiveOptions): Objective {
  return { loss: readLoss(loss), metrics: metrics.map(readMetric), weightedMetrics: weightedMetrics.map(readMetric) };
}

/** Checks a loss and applies Keras's defaults; throws a `LockstepError` that names what is unknown or out of range. */
export function readLoss(given: LossName | LossOptions): LossSpec {
  return read('loss', lossSchema, given, normalizeLoss);
}

/** The same for a metric. */
export function readMetric(given: MetricName | MetricOptions): MetricSpec {
  return read('metric', metricSchema, given, normalizeMetric);
}

function read<T extends z.ZodType>(
  kind: string,
  schema: T,
  given: string | { readonly name: string },
  settle: (name: string) => string,
): z.output<T> {
  const { name, ...options } = flattenNamed(renameKeys(given, [kind])) as { readonly name: string };
  const settled = settle(name);
  const raw = typeof given === 'string' ? { name: given } : given;
  return requireParsed(schema, { name: settled, ...options }, () => ({ source: settled, raw }));
}
