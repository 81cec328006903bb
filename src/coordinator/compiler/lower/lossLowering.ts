import { reductions } from '../../../shared/kernels/elementwise.js';
import type { KernelCall } from '../../../shared/kernels/table.js';
import { isJointLoss } from '../../options/jointLoss.js';
import type { LossSpec } from '../../options/objectives.js';
import { sizeOf } from './description.js';
import { type Instruction, sync } from './instructions.js';
import { groupsOf, type LossOperands, lossCall } from './loss.js';
import type { LoweredObjective, ObjectiveBuffers, ObjectivePlan } from './objectivePlan.js';
import { readingOf } from './readings.js';
import type { OutputPlaces } from './tracedFunction.js';

/** The calls of the loss of an output: what it reads, its gradient, and what they are divided by. */
export function lowerLoss(plan: ObjectivePlan, loss: LossSpec, to: ObjectiveBuffers): LoweredObjective {
  const { lossWeight, shape, first } = plan;
  const reading = readingOf(loss, shape, to);
  const gradient = reading === null ? to.gradient : reading.seed;
  const read = reading ?? { ...to, shape };
  const sums = { weights: plan.weights, overlap: plan.overlap, bins: plan.bins };
  const call = (weight: number) =>
    lossCall(loss, { ...operandsOf(plan, read, weight), lossWeight, sums }, first, gradient);
  if (loss.name !== 'traced') {
    const before = overlapCalls(plan, to);
    const left = withoutClass(plan, loss, to);
    return {
      forward: (given) => {
        const { weight, calls } = left(given);
        return [...calls, ...before, ...(reading?.calls ?? []), call(weight)];
      },
      backward: reading?.gradientCalls ?? [],
    };
  }
  const weighed = weightOfValues(shape, read.shape, to);
  return {
    forward: (given) => {
      const { weight, calls } = weighed(given);
      const all = [...calls, ...(reading?.calls ?? []), call(weight), ...(reading?.gradientCalls ?? [])];
      if (gradient < 0 || weight < 0) return all;
      const outputs = isJointLoss(loss) ? to.outputs : [to];
      return [...all, ...outputs.map((output) => withoutGradient(weight, output, read.shape))];
    },
    backward: [],
  };
}

/** A loss of what predictions and targets have in common in all rows: the ranks meet when each has its sums. */
function overlapCalls(
  { bins, overlap, shape }: ObjectivePlan,
  { prediction, target }: ObjectiveBuffers,
): Instruction[] {
  if (bins === 0) return [];
  return [{ kernel: 'overlapSums', args: { prediction, target, size: sizeOf(shape), bins, sum: overlap } }, sync];
}

/** Groups whose target is the class that a loss leaves out count nothing in it: it has weights and a divisor of its own. */
function withoutClass(plan: ObjectivePlan, loss: LossSpec, to: ObjectiveBuffers) {
  const ignored = 'ignoreClass' in loss ? loss.ignoreClass : undefined;
  if (ignored === undefined) return (weight: number) => ({ weight, calls: [] as Instruction[] });
  const { groups } = groupsOf(plan.shape);
  const y = to.buffer('weights of the groups that count', groups);
  const there = to.buffer('groups that count', groups);
  const classWeights = (weight: number, into: number): KernelCall => {
    return { kernel: 'classWeights', args: { target: to.target, weight, y: into, groups, ignored } };
  };
  return (weight: number): { weight: number; calls: Instruction[] } => {
    const byRows = loss.reduction === 'sum_over_batch_size' && weight >= 0;
    const divided = byRows ? there : y;
    const sums: KernelCall = { kernel: 'weightSums', args: { weight: divided, groups, sum: plan.divisor } };
    const counted = byRows ? [classWeights(to.mask, there)] : [];
    return { weight: y, calls: [classWeights(weight, y), ...counted, sums, sync] };
  };
}

/** A group of no weight has no gradient, even where it would be 0 times what is not finite. */
function withoutGradient(weight: number, { gradient, shape }: OutputPlaces, valueShape: readonly number[]): KernelCall {
  const { groups: steps } = groupsOf(valueShape);
  return {
    kernel: 'maskSteps',
    args: { x: gradient, mask: weight, y: gradient, steps, size: sizeOf(shape) / steps },
  };
}

/** The weights of what is read: of a row as a whole, the mean of those of its groups. */
export function weightOfValues(shape: readonly number[], valueShape: readonly number[], to: ObjectiveBuffers) {
  const { groups } = groupsOf(shape);
  if (groups === groupsOf(valueShape).groups) return (weight: number) => ({ weight, calls: [] });
  const y = to.buffer('weights of the rows', 1);
  const mean = { outer: 1, length: groups, inner: 1, reduction: reductions.indexOf('mean') };
  return (weight: number): { weight: number; calls: readonly KernelCall[] } => {
    if (weight < 0) return { weight, calls: [] };
    return { weight: y, calls: [{ kernel: 'reduceAxis', args: { x: weight, y, ...mean } }] };
  };
}

/** What a loss or metric of that plan is computed on, with a weight a group. */
export function operandsOf(
  { sparse, divisor }: ObjectivePlan,
  { prediction, target, shape }: Pick<LossOperands, 'prediction' | 'target' | 'shape'>,
  weight: number,
): LossOperands {
  return { prediction, target, weight, shape, sparse, weightSum: divisor };
}
