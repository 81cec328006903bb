import { userError } from '../../../shared/errors.js';
import type { KernelCall } from '../../../shared/kernels/table.js';
import type { Measure, MeasureForm } from '../../../shared/program/measures.js';
import { directionOf, type MetricName } from '../../options/metrics.js';
import { type LossFormula, type LossSpec, type MetricSpec, readLoss } from '../../options/objectives.js';
import { withGraph } from './builtInFunction.js';
import { classArguments, denseArguments, isCounting, lowerCounting } from './countingMetrics.js';
import { groupsOf, isSparse, type LossOperands, lossCall } from './loss.js';
import type { MetricLowering } from './objectivePlan.js';

/** What a metric is of: the loss, if there is one, whether targets are class numbers, and one row of the output. */
export interface MetricPlace {
  readonly loss: LossSpec | null;
  readonly sparse: boolean;
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
  const { size } = groupsOf(place.shape);
  if (isCounting(spec)) return lowerCounting(spec, size);
  switch (spec.name) {
    case 'accuracy':
      return lowerMetric(accuracyFor(place), place);
    case 'crossentropy':
      return lowerMetric(crossentropyFor(place), place);
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
    case 'r2Score': {
      const weighted = spec.classAggregation === 'variance_weighted_average';
      return { ...dense(spec, place, residualSums), sums: 1 + 3 * size, form: { kind: 'r2', weighted } };
    }
    case 'rootMeanSquaredError':
      return { ...dense(spec, place, meanOf(readLoss('meanSquaredError'))), form: { kind: 'root' } };
    case 'cosineSimilarity':
      // The loss is the negative of the metric.
      return { ...dense(spec, place, meanOf(spec)), form: { kind: 'mean', scale: -1 } };
    case 'pearsonCorrelation':
    case 'concordanceCorrelation':
      return lowerMetric(withGraph(spec, place.shape, false), place);
    default:
      return isSparse(spec.name) ? sparse(spec, place, meanOf(spec)) : dense(spec, place, meanOf(spec));
  }
}

type MetricCall = MetricLowering['call'];

/** A mean over rows of what needs targets of the output's shape. */
function dense({ name }: MetricSpec, { loss, sparse }: MetricPlace, call: MetricCall): MetricLowering {
  if (sparse) throw mismatch(name, loss, 'class numbers');
  return { sums: 1, form: MEAN, call };
}

/** The same of what needs class numbers. */
function sparse({ name }: MetricSpec, { loss, sparse }: MetricPlace, call: MetricCall): MetricLowering {
  if (!sparse) throw mismatch(name, loss, 'of the shape of the output');
  return { sums: 1, form: MEAN, call };
}

function mismatch(metric: MetricName, loss: LossSpec | null, targets: string): Error {
  const whose = loss === null ? 'of the other metrics' : `of loss ${loss.name}`;
  return userError(
    'METRIC_MISMATCH',
    `Metric ${metric} cannot be computed on the targets ${whose}, which are ${targets}; use accuracy, which takes the form that suits the loss, or a metric for such targets.`,
  );
}

/**
 * `accuracy` goes by shapes alone, as Keras chooses it (`keras/src/trainers/compile_utils.py`): binary for one number a group,
 * else of classes, whatever the loss.
 */
function accuracyFor({ sparse, shape }: MetricPlace): MetricSpec {
  if (sparse) return { name: 'sparseCategoricalAccuracy' };
  return shape[shape.length - 1] === 1 ? { name: 'binaryAccuracy', threshold: 0.5 } : { name: 'categoricalAccuracy' };
}

/** `crossentropy` likewise, as TensorFlow.js chooses it (`tfjs-layers/src/engine/training.ts`). */
function crossentropyFor({ sparse, shape }: MetricPlace): MetricSpec {
  if (sparse) return readLoss('sparseCategoricalCrossentropy');
  return readLoss(shape[shape.length - 1] === 1 ? 'binaryCrossentropy' : 'categoricalCrossentropy');
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

function residualSums(operands: LossOperands, sum: number): KernelCall {
  return { kernel: 'residualSums', args: denseArguments(operands, sum) };
}

function meanOf(loss: LossFormula): MetricCall {
  return (operands, sum) => lossCall(loss, { ...operands, lossWeight: 1 }, sum, -1);
}
