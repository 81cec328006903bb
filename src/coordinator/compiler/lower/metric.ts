import { userError } from '../../../shared/errors.js';
import type { KernelCall } from '../../../shared/kernels/table.js';
import type { Measure, MeasureForm } from '../../../shared/program/measures.js';
import { directionOf, type MetricName } from '../../options/metrics.js';
import { type LossSpec, type MetricSpec, readLoss } from '../../options/objectives.js';
import { groupsOf, isSparse, type LossOperands, lossCall } from './loss.js';

/** How a metric is computed: the sums it takes, what they become, and the call that adds to them. */
export interface MetricLowering {
  readonly sums: number;
  readonly form: MeasureForm;
  call(operands: LossOperands, sum: number): KernelCall;
}

/** What a metric is of: the loss, which says what targets are, and one row of the output. */
export interface MetricPlace {
  readonly loss: LossSpec;
  readonly shape: readonly number[];
}

/** Which way a metric improves, for its measure; a function of a module does not say. */
export function metricDirection({ name }: MetricSpec): Pick<Measure, 'direction'> {
  const direction = directionOf(name);
  return direction === undefined ? {} : { direction };
}

const MEAN: MeasureForm = { kind: 'mean', scale: 1 };

/** Decides how a metric is computed; one that the targets do not suit is an error. */
export function lowerMetric(spec: MetricSpec, place: MetricPlace): MetricLowering {
  const { groups, size } = groupsOf(place.shape);
  switch (spec.name) {
    case 'accuracy':
      return lowerMetric(accuracyFor(place), place);
    case 'binaryAccuracy':
      return dense(spec, place, (operands, sum) => binaryAccuracy(operands, sum, spec.threshold));
    case 'categoricalAccuracy':
      return dense(spec, place, categoricalAccuracy);
    case 'sparseCategoricalAccuracy':
      return sparse(spec, place, categoricalAccuracy);
    case 'topKCategoricalAccuracy':
      return dense(spec, place, (operands, sum) => topKAccuracy(operands, sum, spec.k));
    case 'sparseTopKCategoricalAccuracy':
      return sparse(spec, place, (operands, sum) => topKAccuracy(operands, sum, spec.k));
    case 'precision':
    case 'recall':
      return { sums: 3, form: { kind: spec.name }, call: foundCounts(spec) };
    case 'f1Score':
      return f1Score(spec, size);
    case 'auc': {
      const buckets = spec.numThresholds;
      const call = (operands: LossOperands, sum: number): KernelCall => bucketCounts(operands, sum, buckets);
      return { sums: 2 * buckets, form: { kind: 'auc', curve: spec.curve }, call };
    }
    case 'r2Score': {
      const weighted = spec.classAggregation === 'variance_weighted_average';
      return { ...dense(spec, place, residualSums), sums: 3 * size, form: { kind: 'r2', groups, weighted } };
    }
    case 'rootMeanSquaredError':
      return { ...dense(spec, place, meanOf(readLoss('meanSquaredError'))), form: { kind: 'root' } };
    case 'cosineSimilarity':
      // The loss is the negative of the metric.
      return { ...dense(spec, place, meanOf(spec)), form: { kind: 'mean', scale: -1 } };
    default:
      return isSparse(spec.name) ? sparse(spec, place, meanOf(spec)) : dense(spec, place, meanOf(spec));
  }
}

type MetricCall = MetricLowering['call'];

/** A mean over rows of what needs targets of the output's shape. */
function dense({ name }: MetricSpec, { loss }: MetricPlace, call: MetricCall): MetricLowering {
  if (isSparse(loss.name)) throw mismatch(name, loss.name, 'class numbers');
  return { sums: 1, form: MEAN, call };
}

/** The same of what needs class numbers. */
function sparse({ name }: MetricSpec, { loss }: MetricPlace, call: MetricCall): MetricLowering {
  if (!isSparse(loss.name)) throw mismatch(name, loss.name, 'of the shape of the output');
  return { sums: 1, form: MEAN, call };
}

function mismatch(metric: MetricName, loss: string, targets: string): Error {
  return userError(
    'METRIC_MISMATCH',
    `Metric ${metric} cannot be computed on the targets of loss ${loss}, which are ${targets}; use accuracy, which takes the form that suits the loss, or a metric for such targets.`,
  );
}

/** `accuracy` takes the form that suits the loss and the output, as Keras chooses it. */
function accuracyFor({ loss, shape }: MetricPlace): MetricSpec {
  if (isSparse(loss.name)) return { name: 'sparseCategoricalAccuracy' };
  const binary = shape[shape.length - 1] === 1 || loss.name === 'binaryCrossentropy';
  return binary ? { name: 'binaryAccuracy', threshold: 0.5 } : { name: 'categoricalAccuracy' };
}

/** Arguments of kernels that read targets as floats of the output's shape, and of those that read classes too. */
function denseArguments({ prediction, target, weight, shape }: LossOperands, sum: number) {
  return { prediction, target, weight, ...groupsOf(shape), sum };
}

function classArguments(operands: LossOperands, sum: number) {
  return { ...denseArguments(operands, sum), sparse: Number(operands.sparse) };
}

function binaryAccuracy(operands: LossOperands, sum: number, threshold: number): KernelCall {
  return { kernel: 'binaryAccuracy', args: { ...denseArguments(operands, sum), threshold } };
}

function categoricalAccuracy(operands: LossOperands, sum: number): KernelCall {
  return { kernel: 'categoricalAccuracy', args: classArguments(operands, sum) };
}

function topKAccuracy(operands: LossOperands, sum: number, top: number): KernelCall {
  return { kernel: 'topKAccuracy', args: { ...classArguments(operands, sum), top } };
}

function bucketCounts(operands: LossOperands, sum: number, buckets: number): KernelCall {
  return { kernel: 'bucketCounts', args: { ...classArguments(operands, sum), buckets } };
}

function residualSums(operands: LossOperands, sum: number): KernelCall {
  return { kernel: 'residualSums', args: denseArguments(operands, sum) };
}

/** Below every prediction, so that only the rank in its group tells whether a class is found; Keras's value. */
const NO_THRESHOLD = -1e10;

/** All classes taken together. A class is found above the threshold, or among the `topK` largest. */
function foundCounts({ thresholds, topK }: Extract<MetricSpec, { name: 'precision' | 'recall' }>): MetricCall {
  const threshold = thresholds ?? (topK === undefined ? 0.5 : NO_THRESHOLD);
  return (operands, sum) => ({
    kernel: 'classCounts',
    args: { ...classArguments(operands, sum), pooled: 1, top: topK ?? 0, threshold },
  });
}

/** A class is found above the threshold, or by default where its prediction is the largest. */
function f1Score({ average, threshold }: Extract<MetricSpec, { name: 'f1Score' }>, size: number): MetricLowering {
  const pooled = Number(average === 'micro');
  const rule = threshold === undefined ? { top: 1, threshold: NO_THRESHOLD } : { top: 0, threshold };
  return {
    sums: pooled ? 3 : 3 * size,
    form: { kind: 'f1', average },
    call: (operands, sum) => ({ kernel: 'classCounts', args: { ...classArguments(operands, sum), pooled, ...rule } }),
  };
}

function meanOf(loss: LossSpec): MetricCall {
  return (operands, sum) => lossCall(loss, { ...operands, lossWeight: 1 }, sum, -1);
}
