import { userError } from '../../shared/errors.js';
import type { KernelCall } from '../../shared/kernels/table.js';
import type { Port } from '../../shared/program.js';
import type { LossName, MetricName } from '../options.js';
import { sizeOf } from './description.js';

/** What losses and metrics are computed on: the model's output, and the targets in the form the loss reads. */
export interface Judged {
  readonly prediction: number;
  readonly target: number;
  /** Shape of one row of predictions. */
  readonly shape: readonly number[];
}

/** Shape and type of one row of targets for a loss over predictions of `shape`. */
export function targetOf(loss: LossName, shape: readonly number[]): Pick<Port, 'shape' | 'type'> {
  if (loss !== 'sparseCategoricalCrossentropy') return { shape, type: 'float32' };
  return { shape: shape.length === 1 ? [1] : shape.slice(0, -1), type: 'int32' };
}

/** The call that computes a loss into sum 0 and its gradient into `gradient` (−1 for none). */
export function lossCall(loss: LossName, { prediction, target, shape }: Judged, gradient: number): KernelCall {
  const whole = { prediction, target, gradient, size: sizeOf(shape), sum: 0 };
  const size = shape[shape.length - 1];
  const classes = { prediction, target, gradient, groups: sizeOf(shape) / size, size, sum: 0 };
  switch (loss) {
    case 'meanSquaredError':
      return { kernel: 'meanSquaredError', args: whole };
    case 'binaryCrossentropy':
      return { kernel: 'binaryCrossentropy', args: whole };
    case 'categoricalCrossentropy':
      return { kernel: 'categoricalCrossentropy', args: { ...classes, sparse: 0 } };
    case 'sparseCategoricalCrossentropy':
      return { kernel: 'categoricalCrossentropy', args: { ...classes, sparse: 1 } };
  }
}

/** The call that computes a metric into sum `sum`. */
export function metricCall(
  metric: MetricName,
  loss: LossName,
  { prediction, target, shape }: Judged,
  sum: number,
): KernelCall {
  const form = accuracyForm(metric, loss, shape);
  if (form === 'binaryAccuracy') {
    return { kernel: form, args: { prediction, target, size: sizeOf(shape), threshold: 0.5, sum } };
  }
  const size = shape[shape.length - 1];
  const sparse = form === 'sparseCategoricalAccuracy';
  const args = { prediction, target, groups: sizeOf(shape) / size, size, sparse: sparse ? 1 : 0, sum };
  return { kernel: 'categoricalAccuracy', args };
}

/** `accuracy` takes the form that suits the loss and the output, as Keras chooses it. */
function accuracyForm(metric: MetricName, loss: LossName, shape: readonly number[]): Exclude<MetricName, 'accuracy'> {
  const sparse = loss === 'sparseCategoricalCrossentropy';
  if (metric === 'accuracy') {
    if (sparse) return 'sparseCategoricalAccuracy';
    return shape[shape.length - 1] === 1 || loss === 'binaryCrossentropy' ? 'binaryAccuracy' : 'categoricalAccuracy';
  }
  if (sparse !== (metric === 'sparseCategoricalAccuracy')) {
    throw userError(
      'METRIC_MISMATCH',
      `Metric ${metric} cannot be computed on the targets of loss ${loss}, which are ${sparse ? 'class numbers' : 'of the shape of the output'}; use accuracy, which takes the form that suits the loss.`,
    );
  }
  return metric;
}
