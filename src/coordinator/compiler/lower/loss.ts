import { userError } from '../../../shared/errors.js';
import type { KernelCall } from '../../../shared/kernels/table.js';
import type { Port } from '../../../shared/program/program.js';
import { type LossKernel, type LossName, lossOf, targetsOf } from '../../options/losses.js';
import type { LossFormula, LossSpec, MetricSpec, Objective } from '../../options/objectives.js';
import { sizeOf } from './description.js';

/** What losses and metrics are computed on: the model's output, the targets in the form the loss reads, and weights. */
export interface LossOperands {
  readonly prediction: number;
  readonly target: number;
  /** Targets are class numbers, one a group. */
  readonly sparse: boolean;
  /** Shape of one row of predictions. */
  readonly shape: readonly number[];
  /** Buffer of a weight a group, −1 for none, and the sum that holds a shard's part of what the loss is divided by. */
  readonly weight: number;
  readonly weightSum: number;
}

/**
 * Shape and type of one row of targets for an output of `shape`. Where nothing reads them, a number a row stands for them;
 * `joined`: whether the loss of another output does.
 */
export function targetOf(
  objective: Objective,
  shape: readonly number[],
  joined: boolean,
): Pick<Port, 'shape' | 'type' | 'unread' | 'ignored'> {
  const { loss, metrics, weightedMetrics } = objective;
  if (loss === null && !joined && metrics.length + weightedMetrics.length === 0)
    return { shape: [1], type: 'float32', unread: true };
  if (!takesClasses(objective)) return { shape, type: 'float32' };
  const ignored = loss !== null && 'ignoreClass' in loss ? loss.ignoreClass : undefined;
  return { shape: weightShape(shape), type: 'int32', ...(ignored !== undefined && { ignored }) };
}

/** Whether the targets of an output are class numbers: as its loss reads them, or its metrics where it has none. */
export function takesClasses({ loss, metrics, weightedMetrics }: Objective): boolean {
  if (loss !== null) return isSparse(loss.name);
  return [...metrics, ...weightedMetrics].some(({ name }) => name.startsWith('sparse'));
}

/** Shape of one row of weights: one for each group of predictions. */
export function weightShape(shape: readonly number[]): readonly number[] {
  return shape.length === 1 ? [1] : shape.slice(0, -1);
}

/** Whether targets are class numbers. */
export function isSparse(loss: LossName): boolean {
  return targetsOf(loss) === 'classes';
}

/** The activation that turns logits into what the loss reads; null where it reads predictions as they are. */
export function logitsActivation(spec: LossSpec | MetricSpec): 'sigmoid' | 'softmax' | null {
  if (!('fromLogits' in spec) || !spec.fromLogits) return null;
  if (spec.name === 'auc') return 'sigmoid';
  return lossOf(spec.name).logits;
}

/** The groups of predictions over which losses and metrics are formed: the last axis. */
export function groupsOf(shape: readonly number[]): { readonly groups: number; readonly size: number } {
  const size = shape[shape.length - 1];
  return { groups: sizeOf(shape) / size, size };
}

/** Where the sums over all rows stand that a loss of overlap is made of, in how many bins, and the weights of the batch. */
interface OverlapSums {
  readonly weights: number;
  readonly overlap: number;
  readonly bins: number;
}

function notAMetric(name: LossName): Error {
  return userError(
    'METRIC_MISMATCH',
    `${name} over all rows of a batch is a loss alone; as a metric give it axes without that of the rows, such as axis: [1], or take binaryIoU.`,
  );
}

/** The call that computes a loss of predictions into sum `sum` and its gradient into `gradient` (−1 for none). */
export function lossCall(
  spec: LossFormula,
  { shape, sparse, sums, ...operands }: LossOperands & { readonly lossWeight: number; readonly sums?: OverlapSums },
  sum: number,
  gradient: number,
): KernelCall {
  const shared = { ...operands, gradient, ...groupsOf(shape), sum };
  const own = kernelOf(spec, shared.size);
  if (own.kernel === 'overlapLoss') {
    if (sums === undefined) throw notAMetric(spec.name);
    return { kernel: own.kernel, args: { ...shared, ...own.args, ...sums } };
  }
  if (own.kernel !== 'categoricalCrossentropy' && own.kernel !== 'generalizedCrossEntropy')
    return { kernel: own.kernel, args: { ...shared, ...own.args } } as KernelCall;
  return { kernel: own.kernel, args: { ...shared, ...own.args, sparse: Number(sparse) } } as KernelCall;
}

function kernelOf(spec: LossFormula, size: number): LossKernel {
  const { kernel } = lossOf(spec.name);
  const own = (kernel as (spec: LossFormula, size: number) => LossKernel | null)(spec, size);
  if (own !== null) return own;
  throw userError(
    'UNSUPPORTED_LOSS',
    `${'function' in spec ? spec.function : spec.name} is a function of a module, which TensorFlow.js computes; use engine tensorflow, tfjs or auto.`,
  );
}
