import { userError } from '../../../shared/errors.js';
import type { KernelCall } from '../../../shared/kernels/table.js';
import { type Measure, type MeasureForm, ROWS } from '../../../shared/program/measures.js';
import type { MetricSpec, Objective } from '../../options/objectives.js';
import { overlapBins, withGraph } from './builtInFunction.js';
import type { OutputDescription } from './description.js';
import { type Instruction, sync } from './instructions.js';
import { groupsOf, takesClasses } from './loss.js';
import { lowerLoss, operandsOf, weightOfValues } from './lossLowering.js';
import { lowerMetric, metricDirection } from './metric.js';
import type { LoweredObjective, ObjectiveBuffers, ObjectivePlan, PlannedMetric } from './objectivePlan.js';
import { readingOf } from './readings.js';

/** The sums that every objective has, counted from its first. */
const LOSS = 0;
const WEIGHTS = 1;
const METRICS = 2;

/** The first total is the number of rows; sum number i follows as total i + 1. */
const totalOf = (sum: number): number => sum + 1;

const MEAN: MeasureForm = { kind: 'mean', scale: 1 };

/** All that is summed over a batch for the logs. */
export interface ObjectivePlans {
  readonly plans: readonly ObjectivePlan[];
  /** The values of the logs, in Keras's order. */
  readonly measures: readonly Measure[];
  /** The sum of each term that the loss has beside those of the outputs. */
  readonly termSums: readonly number[];
  readonly sums: number;
}

/**
 * What all outputs are measured by, one behind the other. `factors`: of terms that the loss has beside those of the outputs,
 * each a mean over rows.
 */
export function planObjectives(
  objectives: readonly Objective[],
  outputs: readonly OutputDescription[],
  factors: readonly number[] = [],
): ObjectivePlans {
  let sums = 0;
  const plans = outputs.map(({ name, shape }, i) => {
    const plan = planObjective(objectives[i], shape, sums, outputs.length > 1 ? `${name}_` : '');
    sums += plan.sums;
    return plan;
  });
  const termSums = factors.map(() => sums++);
  const terms = factors.map((factor, i) => ({ first: totalOf(termSums[i]), weight: ROWS, factor }));
  const trained = plans.filter(({ loss }) => loss !== null);
  // A single loss that counts as it is, is the loss of the model.
  const isTotal = trained.length === 1 && terms.length === 0 && trained[0].lossWeight === 1;
  const losses = isTotal
    ? [{ ...trained[0].lossMeasure, name: 'loss' }]
    : [totalLoss(trained, terms, sums++), ...(trained.length > 1 ? trained.map(({ lossMeasure }) => lossMeasure) : [])];
  return { plans, measures: [...losses, ...plans.flatMap(({ measures }) => measures)], termSums, sums };
}

type LossPart = Extract<MeasureForm, { kind: 'sum' }>['parts'][number];

/** The outputs' losses, each times its weight, other terms, and what regularizers add, in a sum that no kernel writes. */
function totalLoss(plans: readonly ObjectivePlan[], terms: readonly LossPart[], penalties: number): Measure {
  const losses = plans.map(({ lossMeasure: { first, weight }, lossWeight }) => ({ first, weight, factor: lossWeight }));
  const own = { first: totalOf(penalties), weight: ROWS };
  const parts = [...losses, ...terms, { ...own, factor: 1 }];
  return { name: 'loss', form: { kind: 'sum', parts }, count: 1, ...own, direction: 'min' };
}

/** Gives loss and metrics of one output their sums, from `first` on; `prefix` begins their names. */
function planObjective(objective: Objective, shape: readonly number[], first: number, prefix: string): ObjectivePlan {
  const { metrics, weightedMetrics, lossWeight } = objective;
  const loss = objective.loss && withGraph(objective.loss, shape, true);
  const sparse = takesClasses(objective);
  const names = logNames(metrics, weightedMetrics);
  let sums = METRICS;
  const planned = [...metrics, ...weightedMetrics].map((given, i): PlannedMetric => {
    const spec = withGraph(given, shape, false);
    const lowering = lowerMetric(spec, { loss, sparse, shape });
    const sum = first + sums;
    sums += lowering.sums;
    return { ...lowering, ...metricDirection(given), spec, name: names[i], weighted: i >= metrics.length, sum };
  });
  const byRows = loss?.reduction === 'sum_over_batch_size';
  // A mask may leave steps of a sequence out, which then count in no metric.
  const steps = byRows || (shape.length > 1 && metrics.length > 0) ? first + sums++ : -1;
  const leavesOut = loss !== null && 'ignoreClass' in loss && loss.ignoreClass !== undefined;
  const divisor = leavesOut ? first + sums++ : byRows ? steps : first + WEIGHTS;
  const bins = loss?.name === 'traced' ? 0 : overlapBins(loss, shape);
  const overlap = first + sums;
  sums += 3 * bins;
  const measures = planned.flatMap(({ direction, name, form, each, sum, weighted, sums: count }): Measure[] => {
    const weight = weighted ? totalOf(first + WEIGHTS) : steps < 0 ? ROWS : totalOf(steps);
    const own = { first: totalOf(sum), count, weight, ...(direction && { direction }) };
    return (each ?? [{ suffix: '', form }]).map(({ suffix, form: of }) => {
      return { name: `${prefix}${name}${suffix}`, form: of, ...own };
    });
  });
  const own = { form: MEAN, first: totalOf(first + LOSS), count: 1, weight: totalOf(divisor) };
  const lossMeasure: Measure = { name: `${prefix}loss`, ...own, direction: 'min' };
  return {
    loss,
    lossWeight,
    sparse,
    first,
    shape,
    metrics: planned,
    lossMeasure,
    measures,
    steps,
    divisor,
    overlap,
    bins,
    weights: first + WEIGHTS,
    sums,
  };
}

/** As Keras names metrics that come twice: `precision_1`, and `weighted_accuracy` beside `accuracy`. */
function logNames(metrics: readonly MetricSpec[], weighted: readonly MetricSpec[]): string[] {
  const counts = new Map([['loss', 1]]);
  const unique = (name: string): string => {
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  };
  const nameOf = (spec: MetricSpec): string => spec.logName ?? ('function' in spec ? spec.function : spec.name);
  const plain = metrics.map((spec) => unique(nameOf(spec)));
  return [...plain, ...weighted.map(nameOf).map((name) => unique(counts.has(name) ? `weighted_${name}` : name))];
}

/** Lowers the objective of an output: the weights of the batch, the loss with its gradient, then the metrics. */
export function lowerObjective(plan: ObjectivePlan, to: ObjectiveBuffers): LoweredObjective {
  const isKernel = ({ name }: { readonly name: string }): boolean =>
    name !== 'called' && !(to.functions && name === 'custom');
  const loss = plan.loss !== null && isKernel(plan.loss) ? lowerLoss(plan, plan.loss, to) : NO_CALLS;
  const byKernels = plan.metrics.filter(({ spec }) => isKernel(spec));
  const metrics = byKernels.map((metric) => callMetric(plan, metric, to));
  const masked = maskedWeight(plan, to);
  return {
    forward: (given) => {
      const { weight, calls } = masked(given);
      return [
        ...calls,
        ...stepCalls(plan, to),
        ...weightCalls(plan, weight),
        ...loss.forward(weight),
        ...metrics.flatMap((metric) => metric(weight)),
      ];
    },
    backward: loss.backward,
  };
}

/** What TensorFlow.js computes by a function is no kernel call, and an output without a loss has none. */
const NO_CALLS: LoweredObjective = { forward: () => [], backward: [] };

/** A step that is not there has no weight. */
function maskedWeight({ shape }: ObjectivePlan, to: ObjectiveBuffers) {
  const { groups } = groupsOf(shape);
  if (to.mask < 0) return (weight: number) => ({ weight, calls: [] });
  if (groups !== shape[0]) {
    throw userError(
      'UNSUPPORTED_MODEL',
      `The model's output has rows of shape [${shape.join(', ')}] of whose first axis a mask leaves steps out; losses count steps of shape [steps, values] alone, so reshape the output or end the mask before.`,
    );
  }
  const y = to.buffer('weights of the steps', groups);
  return (weight: number): { weight: number; calls: readonly KernelCall[] } => {
    if (weight < 0) return { weight: to.mask, calls: [] };
    return {
      weight: y,
      calls: [{ kernel: 'maskSteps', args: { x: weight, mask: to.mask, y, steps: groups, size: 1 } }],
    };
  };
}

/** The steps that are there, for metrics without weights and for losses divided by their number. */
function stepCalls({ shape, steps }: ObjectivePlan, to: ObjectiveBuffers): KernelCall[] {
  if (steps < 0) return [];
  return [{ kernel: 'weightSums', args: { weight: to.mask, groups: groupsOf(shape).groups, sum: steps } }];
}

/** Gradients need the weights of the whole batch, so all ranks meet when there are any. */
function weightCalls({ shape, first }: ObjectivePlan, weight: number): Instruction[] {
  const { groups } = groupsOf(shape);
  const sums: KernelCall = { kernel: 'weightSums', args: { weight, groups, sum: first + WEIGHTS } };
  return weight < 0 ? [sums] : [sums, sync];
}

function callMetric(plan: ObjectivePlan, { spec, call, sum, weighted }: PlannedMetric, to: ObjectiveBuffers) {
  const { shape } = plan;
  const reading = readingOf(spec, shape, { ...to, outputs: [], gradient: -1 });
  const read = reading ?? { ...to, shape };
  const weighed = spec.name === 'traced' ? weightOfValues(shape, read.shape, to) : unchanged;
  return (given: number): KernelCall[] => {
    const { weight, calls } = weighed(weighted ? given : to.mask);
    return [...calls, ...(reading?.calls ?? []), ...[call(operandsOf(plan, read, weight), sum)].flat()];
  };
}

const unchanged = (weight: number) => ({ weight, calls: [] });
