import { userError } from '../shared/errors.js';
import type { Measure } from '../shared/program/measures.js';
import type { Program } from '../shared/program/program.js';
import type { Prediction } from './callbacks/callback.js';
import { type Logs, logsOf } from './compiler/metrics.js';
import type { Batches, BatchSource } from './data/batchSource.js';
import { inputCall, labelledCall, weighted } from './data/calls.js';
import { type Dataset, openDataset, openInputs } from './data/dataset.js';
import { batchesSchema, evaluateSchema } from './options/fitFields.js';
import { readOptions } from './options/readOptions.js';
import type { CallingThreadRank } from './ranks/callingThread.js';
import type { Job, Outcome } from './ranks/job.js';
import type { Runtime } from './ranks/runtime.js';

/** What jobs over all rows are run with. */
export interface JobContext {
  readonly runtime: Runtime;
  /** The updates applied so far. */
  readonly step: number;
}

/** What jobs over a source are run with. */
interface SourceContext extends JobContext {
  /** What `work` resolves with, unless the call ends before: a source may never answer. */
  orEnd<T>(work: Promise<T>): Promise<T>;
}

/** How rows are gone through: in batches of so many, and how many of these. */
interface Extent {
  readonly batchSize: number;
  /** Default: all. */
  readonly steps?: number | undefined;
}

/** Loss and metrics over rows, each counted once; null where the work was cut short. */
export async function evaluate(
  context: SourceContext & { readonly measures: readonly Measure[] },
  source: BatchSource,
  extent: Extent,
): Promise<Logs | null> {
  const { runtime, measures } = context;
  runtime.totals = runtime.totals.map(() => 0);
  const isWhole = await runOver(context, source, extent, () => ({ mode: 'evaluate' }));
  return isWhole ? logsOf(measures, runtime.totals) : null;
}

/** Each output for every row, with its shape; null where the work was cut short. */
export async function predict(
  context: SourceContext & { readonly program: Program },
  source: BatchSource,
  extent: Extent,
): Promise<Prediction[] | null> {
  let { program } = context;
  const parts: SharedArrayBuffer[][] = [];
  let rows = 0;
  const isWhole = await runOver(context, source, extent, (batches) => {
    const more = rowsOf(batches);
    const before = program;
    program = batches.dataset.program ?? program;
    if (rows > 0) requireSameShapes(before, program);
    rows += more;
    const sizes = program.outputs.map(({ buffer }) => program.buffers[buffer].size);
    const predictions = sizes.map((size) => new SharedArrayBuffer(more * size * 4));
    parts.push(predictions);
    return { mode: 'predict', predictions };
  });
  if (!isWhole) return null;
  return program.outputs.map(({ shape }, i) => ({
    values: joined(parts.map((part) => new Float32Array(part[i]))),
    shape: [rows, ...shape],
  }));
}

/** Runs a job over all batches of a dataset; throws where ranks fail beyond recovery. */
export async function runWhole(
  mode: 'train' | 'gradients' | 'apply',
  { runtime, step }: JobContext,
  dataset: Dataset,
  batchSize: number,
  more: Pick<Job, 'gradient' | 'borrowed'>,
): Promise<Outcome> {
  const endBatch = Math.ceil(dataset.rows / batchSize);
  const whole = { mode, dataset, order: null, batchSize, firstBatch: 0, endBatch, firstStep: step };
  const { failure, ...outcome } = await runtime.run({ ...whole, ...more });
  if (failure !== undefined) throw failure;
  return outcome;
}

/** Runs a job over the batches of a source, one part after another; false where it was cut short. */
async function runOver(
  { runtime, step, orEnd }: SourceContext,
  source: BatchSource,
  { batchSize, steps = Number.POSITIVE_INFINITY }: Extent,
  jobOf: (batches: Batches) => Pick<Job, 'mode' | 'predictions'>,
): Promise<boolean> {
  const isHeld = (dataset: Dataset): boolean => runtime.holds(dataset);
  const supply = source.epoch({ pass: 0, order: null, batchSize, firstBatch: 0, endBatch: steps, isHeld });
  try {
    let done = 0;
    while (done < steps) {
      const batches = await orEnd(supply.take(done, steps));
      if (batches === null) break;
      const { failure, batches: ran } = await runtime.run({ ...batches, ...jobOf(batches), firstStep: step });
      if (failure !== undefined) throw failure;
      done += ran;
      if (ran < batches.endBatch - batches.firstBatch) return false;
    }
    if (done === 0) throw noBatches();
    return true;
  } finally {
    await supply.close();
  }
}

function rowsOf({ dataset, batchSize, firstBatch, endBatch }: Batches): number {
  return Math.min(endBatch * batchSize, dataset.rows) - firstBatch * batchSize;
}

/** Outputs whose lengths follow those of the inputs have no one shape. */
function requireSameShapes(before: Program, after: Program): void {
  const changed = before.outputs.findIndex(({ shape }, i) => shape.join() !== after.outputs[i].shape.join());
  if (changed < 0) return;
  const [first, other] = [before, after].map(({ outputs }) => `[${outputs[changed].shape.join(', ')}]`);
  throw userError(
    'SHAPE_MISMATCH',
    `The output ${before.outputs[changed].name} has rows of shape ${first} and, for a later batch, ${other}; call predict once for each length.`,
  );
}

/** A copy of all, in memory that is not shared. */
function joined(parts: readonly Float32Array[]): Float32Array {
  const values = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return values;
}

/** What a call over a dataset without one rejects with. */
export function noBatches(): Error {
  return userError(
    'EMPTY_DATA',
    'The dataset has no batches; give at least one, and for data that can be gone through once a function that returns them anew.',
  );
}

/** What calls on the calling thread are made with. */
interface CallingThreadContext {
  readonly program: Program;
  readonly vectors: { readonly all: Float32Array };
  readonly state: { readonly step: number };
  callingThread(): CallingThreadRank;
}

/** As `predict`, given as a call has it, on the calling thread and at once. */
export function predictSync(core: CallingThreadContext, given: readonly unknown[]): Prediction | Prediction[] {
  const [x, options] = inputCall('predictSync', given);
  const { batchSize } = readOptions('predictSync', batchesSchema, options);
  const { program, vectors, state } = core;
  const rank = core.callingThread();
  const dataset = openInputs(x, program);
  const outputs = rank.predict({ dataset, batchSize, firstStep: state.step }, vectors.all);
  const made = outputs.map((values, i) => ({ values, shape: [dataset.rows, ...program.outputs[i].shape] }));
  return made.length === 1 ? made[0] : made;
}

/** As `evaluate`, in the same way. */
export function evaluateSync(core: CallingThreadContext, given: readonly unknown[]): Logs {
  const [data, options] = labelledCall('evaluateSync', given);
  const { batchSize, steps, ...weights } = readOptions('evaluateSync', evaluateSchema, options);
  const { program, vectors, state } = core;
  const rank = core.callingThread();
  const dataset = openDataset(weighted('evaluateSync', data, weights), program);
  const totals = rank.evaluate(
    { dataset, batchSize, firstStep: state.step },
    steps ?? Number.POSITIVE_INFINITY,
    vectors.all,
  );
  return logsOf(program.measures, totals);
}
