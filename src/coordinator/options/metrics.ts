import type { z } from 'zod';
import {
  classList,
  flag,
  listOfNonNegative,
  listUpToOne,
  oneOf,
  oneOrMore,
  positive,
  share,
  upToOne,
  wholeNumber,
} from './fields.js';
import { type LossName, lastAxis, losses } from './losses.js';

/** What options and files have of one metric; `compiler/lower/metric.ts` says how it is computed. */
interface MetricDefinition<N extends string, S extends z.core.$ZodLooseShape> {
  readonly name: N;
  /** Other names, in lower case and without underscores. */
  readonly aliases: readonly string[];
  /** Options have Keras 3's names and defaults. */
  readonly options: S;
  /** Its name in TensorFlow.js; null for one that is not there, or that its model files leave out. */
  readonly tfjs: string | null;
  /** Which way it improves. */
  readonly direction: 'min' | 'max';
}

function metric<const N extends string, S extends z.core.$ZodLooseShape>(
  name: N,
  options: S,
  own: Partial<Pick<MetricDefinition<string, never>, 'aliases' | 'tfjs' | 'direction'>> = {},
): MetricDefinition<N, S> {
  return { name, aliases: [], tfjs: null, direction: 'max', ...own, options };
}

const threshold = () => share().default(0.5);
const top = { k: wholeNumber(1).default(5) };
const classId = { classId: wholeNumber(0).exactOptional() };
const thresholds = { thresholds: oneOrMore().exactOptional() };
const found = { ...thresholds, ...classId, topK: wholeNumber(1).exactOptional() };
const average = { average: oneOf(['macro', 'micro', 'weighted', 'none']).default('macro') };
const curve = { ...classId, numThresholds: wholeNumber(1).default(200) };
const classes = { numClasses: wholeNumber(1), ...lastAxis };

/** Metrics that are no losses. */
export const ownMetrics = [
  metric('accuracy', {}, { aliases: ['acc'], tfjs: 'accuracy' }),
  metric('crossentropy', {}, { aliases: ['ce'], tfjs: 'crossentropy', direction: 'min' }),
  metric('binaryAccuracy', { threshold: threshold() }, { tfjs: 'binary_accuracy' }),
  metric('categoricalAccuracy', {}, { tfjs: 'categorical_accuracy' }),
  metric('sparseCategoricalAccuracy', {}),
  metric('topKCategoricalAccuracy', top),
  metric('sparseTopKCategoricalAccuracy', top),
  metric('precision', found),
  metric('recall', found),
  metric('truePositives', thresholds),
  metric('trueNegatives', thresholds),
  metric('falsePositives', thresholds, { direction: 'min' }),
  metric('falseNegatives', thresholds, { direction: 'min' }),
  metric('f1Score', { ...average, threshold: share().exactOptional() }, { aliases: ['f1'] }),
  metric('fBetaScore', { ...average, beta: positive().default(1), threshold: share().exactOptional() }),
  metric('auc', {
    curve: oneOf(['ROC', 'PR', 'PRGAIN']).default('ROC'),
    numThresholds: wholeNumber(3).default(200),
    summationMethod: oneOf(['interpolation', 'minoring', 'majoring']).default('interpolation'),
    thresholds: listUpToOne().exactOptional(),
    multiLabel: flag().default(false),
    numLabels: wholeNumber(1).exactOptional(),
    labelWeights: listOfNonNegative().exactOptional(),
    fromLogits: flag().default(false),
  }),
  metric('precisionAtRecall', { ...curve, recall: upToOne() }),
  metric('recallAtPrecision', { ...curve, precision: upToOne() }),
  metric('sensitivityAtSpecificity', { ...curve, specificity: upToOne() }),
  metric('specificityAtSensitivity', { ...curve, sensitivity: upToOne() }),
  metric('binaryIoU', { targetClassIds: classList().default([0, 1]), threshold: upToOne().default(0.5) }),
  metric('iou', {
    ...classes,
    targetClassIds: classList(),
    sparseYTrue: flag().default(true),
    sparseYPred: flag().default(true),
  }),
  metric('meanIoU', { ...classes, sparseYTrue: flag().default(true), sparseYPred: flag().default(true) }),
  metric('oneHotIoU', { ...classes, targetClassIds: classList(), sparseYPred: flag().default(false) }),
  metric('oneHotMeanIoU', { ...classes, sparseYPred: flag().default(false) }),
  metric(
    'r2Score',
    { classAggregation: oneOf(['uniform_average', 'variance_weighted_average']).default('uniform_average') },
    { aliases: ['r2'] },
  ),
  metric('pearsonCorrelation', lastAxis),
  metric('concordanceCorrelation', lastAxis),
  metric('rootMeanSquaredError', {}, { aliases: ['rmse'], direction: 'min' }),
] as const;

/** Every loss is a metric too. */
export const metrics = [...ownMetrics, ...losses] as const;

export type MetricName = (typeof ownMetrics)[number]['name'] | LossName;

export const metricNames: readonly MetricName[] = metrics.map(({ name }) => name);

/** Which way a metric improves: losses fall, and the similarity is a loss turned round; undefined for a function of a module. */
export function directionOf(name: MetricName): 'min' | 'max' | undefined {
  if (name === 'custom' || name === 'traced' || name === 'called') return undefined;
  if (name === 'cosineSimilarity') return 'max';
  return ownMetrics.find((own) => own.name === name)?.direction ?? 'min';
}
