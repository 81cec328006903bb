import { userError } from '../../../shared/errors.js';
import { type ElementLoss, elementLosses } from '../../../shared/kernels/losses.js';
import type { KernelCall } from '../../../shared/kernels/table.js';
import type { Port } from '../../../shared/program/program.js';
import type { LossName } from '../../options/names.js';
import type { LossSpec, MetricSpec } from '../../options/objectives.js';
import { sizeOf } from './description.js';

/** What losses and metrics are computed on: the model's output, the targets in the form the loss reads, and weights. */
export interface Judged {
  readonly prediction: number;
  readonly target: number;
  /** Targets are class numbers, one a group. */
  readonly sparse: boolean;
  /** Shape of one row of predictions. */
  readonly shape: readonly number[];
  /** Buffer of a weight a group, −1 for none, and the sum that holds those of a shard. */
  readonly weight: number;
  readonly weightSum: number;
}

/** Shape and type of one row of targets for a loss over predictions of `shape`. */
export function targetOf(loss: LossName, shape: readonly number[]): Pick<Port, 'shape' | 'type'> {
  if (!isSparse(loss)) return { shape, type: 'float32' };
  return { shape: weightShape(shape), type: 'int32' };
}

/** Shape of one row of weights: one for each group of predictions. */
export function weightShape(shape: readonly number[]): readonly number[] {
  return shape.length === 1 ? [1] : shape.slice(0, -1);
}

export function isSparse(loss: LossName): boolean {
  return loss === 'sparseCategoricalCrossentropy';
}

/** The activation that turns logits into what the loss reads; null where it reads predictions as they are. */
export function logitsActivation(spec: LossSpec | MetricSpec): 'sigmoid' | 'softmax' | null {
  if (!('fromLogits' in spec) || !spec.fromLogits) return null;
  return spec.name.startsWith('binary') ? 'sigmoid' : 'softmax';
}

/** The groups of predictions over which losses and metrics are formed: the last axis. */
export function groupsOf(shape: readonly number[]): { readonly groups: number; readonly size: number } {
  const size = shape[shape.length - 1];
  return { groups: sizeOf(shape) / size, size };
}

/** The call that computes a loss of predictions into sum `sum` and its gradient into `gradient` (−1 for none). */
export function lossCall(
  spec: LossSpec,
  { shape, sparse, ...judged }: Judged & { readonly lossWeight: number },
  sum: number,
  gradient: number,
): KernelCall {
  const shared = { ...judged, gradient, ...groupsOf(shape), sum };
  switch (spec.name) {
    case 'custom':
      throw userError(
        'UNSUPPORTED_LOSS',
        `${spec.function} is a function of a module, which TensorFlow.js computes; use engine tensorflow, tfjs or auto.`,
      );
    case 'categoricalHinge':
    case 'cosineSimilarity':
      return { kernel: spec.name, args: shared };
    case 'categoricalCrossentropy':
    case 'categoricalFocalCrossentropy':
    case 'sparseCategoricalCrossentropy':
      return {
        kernel: 'categoricalCrossentropy',
        args: { ...shared, ...categoricalOptions(spec), sparse: Number(sparse) },
      };
    default:
      return { kernel: 'elementLoss', args: { ...shared, ...elementOptions(spec, shared.size) } };
  }
}

/** Without focus the focal cross-entropy is the plain one. */
function categoricalOptions(spec: LossSpec) {
  return {
    smoothing: 'labelSmoothing' in spec ? spec.labelSmoothing : 0,
    alpha: spec.name === 'categoricalFocalCrossentropy' ? spec.alpha : 1,
    gamma: spec.name === 'categoricalFocalCrossentropy' ? spec.gamma : 0,
  };
}

/** Options that a loss does not have stand at what changes nothing. */
function elementOptions(spec: Extract<LossSpec, { name: ElementLoss }>, size: number) {
  return {
    loss: elementLosses.indexOf(spec.name),
    // Keras adds up the divergence of a group, and takes the mean of every other loss.
    divisor: spec.name === 'kullbackLeiblerDivergence' ? 1 : size,
    smoothing: 'labelSmoothing' in spec ? spec.labelSmoothing : 0,
    delta: spec.name === 'huber' ? spec.delta : 1,
    alpha: spec.name === 'binaryFocalCrossentropy' && spec.applyClassBalancing ? spec.alpha : -1,
    gamma: spec.name === 'binaryFocalCrossentropy' ? spec.gamma : 0,
  };
}
