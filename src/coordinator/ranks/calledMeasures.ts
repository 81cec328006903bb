import { LockstepError, userError } from '../../shared/errors.js';
import { firstLine } from '../../shared/files.js';
import type { Arena } from '../../shared/memory/arena.js';
import { treeSum } from '../../shared/partition/tree.js';
import type { CalledMeasure } from '../../shared/program/called.js';
import type { PlacedProgram } from '../../shared/program/program.js';
import { Draws, type Seed } from '../../shared/random/rng.js';
import type { CalledFunctions } from '../tracing/called.js';
import { type CalledResult, callFunction, type Numbers } from '../tracing/callFunction.js';

/** What functions of the caller's are called with. */
export interface CallingPlan {
  readonly program: PlacedProgram;
  readonly arena: Arena;
  readonly functions: CalledFunctions;
  readonly shards: number;
  readonly seed: Seed;
}

/** The batch that all ranks have taken forward. */
export interface ForwardBatch {
  readonly rows: number;
  readonly step: number;
  readonly isTraining: boolean;
  readonly isWeighted: boolean;
}

/**
 * Calls the functions of a program for a batch whose outputs stand in the arena, and leaves there what kernels would have: the
 * sums, in the first shard, and the gradients by the outputs. All of it depends on the batch and the seed alone.
 */
export function callMeasures(plan: CallingPlan, batch: ForwardBatch): void {
  plan.program.called?.forEach((measure, number) => {
    callMeasure(plan, batch, measure, number);
  });
}

function callMeasure(plan: CallingPlan, batch: ForwardBatch, measure: CalledMeasure, number: number): void {
  const { arena, program, functions, seed } = plan;
  const rowsOf = (buffer: number): Float32Array => {
    const { size } = program.buffers[buffer];
    return new Float32Array(arena.memory, 4 * program.offsets[buffer], batch.rows * size);
  };
  const numbers = (buffer: number, shape: readonly number[]): Numbers => {
    return { values: rowsOf(buffer), shape: [batch.rows, ...shape] };
  };
  const weight = batch.isWeighted && measure.weight !== null ? rowsOf(measure.weight) : null;
  const share = (made: Numbers): Share => shareOf(measure, made, weight, batch.rows);
  const isTrained = batch.isTraining && measure.lossWeight !== null;
  const result = calling(measure.name, batch, () =>
    callFunction(functions.get(measure.name)?.given as never, {
      targets: measure.outputs.map(({ target, shape }) => numbers(target, shape)),
      predictions: measure.outputs.map(({ trained, inferred, shape }) => {
        return numbers(batch.isTraining ? trained : inferred, shape);
      }),
      draws: new Draws(seed).at('network', number, batch.step, 0),
      seedOf: isTrained ? (made) => seedOf(share(made), measure.lossWeight as number) : null,
    }),
  );
  writeSum(plan, batch, measure, meanOf(share(result.made), result.made.values));
  if (isTrained) writeGradients(measure, result, weight, rowsOf);
}

/** The function's values with the weight of each, and what the weighted ones are divided by. */
interface Share {
  readonly weights: Float32Array | null;
  readonly count: number;
  readonly divisor: number;
}

function shareOf({ name, byRows }: CalledMeasure, made: Numbers, weight: Float32Array | null, rows: number): Share {
  const count = made.values.length;
  if (weight === null) return { weights: null, count, divisor: count };
  if (made.shape[0] !== rows) throw withoutRows(name, made.shape);
  const weights = weightOfEach(weight, rows, count / rows);
  return { weights, count, divisor: byRows ? count : sumOf(weights) };
}

/** Of so many values a row: each has the weight of its step, or all have the mean of the weights. */
function weightOfEach(weight: Float32Array, rows: number, size: number): Float32Array {
  const groups = weight.length / rows;
  if (size % groups === 0) {
    return Float32Array.from({ length: rows * size }, (_, e) => weight[Math.floor(e / (size / groups))]);
  }
  return Float32Array.from({ length: rows * size }, (_, e) => {
    const first = Math.floor(e / size) * groups;
    return sumOf(weight.subarray(first, first + groups)) / groups;
  });
}

function sumOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function meanOf({ weights, divisor }: Share, values: Float32Array): number {
  if (divisor === 0) return 0;
  let sum = 0;
  values.forEach((value, e) => {
    const own = weights === null ? 1 : weights[e];
    // Nothing of what has no weight counts, not even where it is not finite.
    if (own !== 0) sum += own * value;
  });
  return sum / divisor;
}

function seedOf({ weights, count, divisor }: Share, lossWeight: number): Float32Array {
  const factor = divisor === 0 ? 0 : lossWeight / divisor;
  return Float32Array.from({ length: count }, (_, e) => factor * (weights === null ? 1 : weights[e]));
}

/** A mean becomes the sum that it is the mean of, so that totals over batches are means over their rows. */
function writeSum(
  { arena, program, shards }: CallingPlan,
  { rows }: ForwardBatch,
  { sum, divisor }: CalledMeasure,
  mean: number,
): void {
  const { sums } = arena;
  const { sumCount } = program;
  const count = Math.min(shards, rows);
  const by = divisor === null ? rows : treeSum({ first: 0, count }, (shard) => sums[shard * sumCount + divisor]);
  for (let shard = 0; shard < count; shard++) sums[shard * sumCount + sum] = shard === 0 ? mean * by : 0;
}

function writeGradients(
  { outputs }: CalledMeasure,
  { gradients }: CalledResult,
  weight: Float32Array | null,
  rowsOf: (buffer: number) => Float32Array,
): void {
  outputs.forEach(({ gradient }, output) => {
    const into = rowsOf(gradient);
    const made = gradients[output];
    if (made === null) into.fill(0);
    else into.set(made);
    if (weight !== null) clearUnweighted(into, weight);
  });
}

/** A row without weight has no gradient, even where it would be 0 times what is not finite. */
function clearUnweighted(gradient: Float32Array, weight: Float32Array): void {
  const size = gradient.length / weight.length;
  if (!Number.isInteger(size)) return;
  weight.forEach((own, group) => {
    if (own === 0) gradient.fill(0, group * size, (group + 1) * size);
  });
}

/** What the caller's function throws is the caller's. */
function calling<T>(name: string, { step }: ForwardBatch, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof LockstepError) throw error;
    throw userError(
      'FUNCTION_FAILED',
      `The function ${name} ended with ${JSON.stringify(firstLine(error))} for the batch of step ${step}; mend it, or the rows that it cannot take.`,
      error,
    );
  }
}

function withoutRows(name: string, shape: readonly number[]): Error {
  return userError(
    'WEIGHTS_WITHOUT_ROWS',
    `The function ${name} returned a tensor of shape [${shape.join(', ')}] for a batch whose rows have weights, which count in values of rows alone; leave out sampleWeight and classWeight, or return a number a row.`,
  );
}
