import type { Program } from '../shared/program/program.js';
import type { Prediction } from './callbacks/callback.js';
import type { Dataset } from './data/dataset.js';
import type { Job, Outcome } from './ranks/job.js';
import type { Runtime } from './ranks/runtime.js';

/** What jobs over a whole dataset are run with; `step`: the updates applied so far. */
export interface JobContext {
  readonly runtime: Runtime;
  readonly program: Program;
  readonly step: number;
}

/** Each output for every row of a dataset, with its shape; null where the work was cut short. */
export async function predict(context: JobContext, dataset: Dataset, batchSize: number): Promise<Prediction[] | null> {
  const outputs = await predictions(context, dataset, batchSize);
  const { rows } = dataset;
  if (outputs === null) return null;
  return outputs.map((values, i) => ({ values: values.slice(), shape: [rows, ...context.program.outputs[i].shape] }));
}

/** The outputs for every row of a dataset, in shared memory; null where the work was cut short. */
export async function predictions(
  context: JobContext,
  dataset: Dataset,
  batchSize: number,
): Promise<Float32Array[] | null> {
  const { outputs, buffers } = context.program;
  const sizes = outputs.map(({ buffer }) => buffers[buffer].size);
  const memories = sizes.map((size) => new SharedArrayBuffer(dataset.rows * size * 4));
  const { batches } = await runWhole('predict', context, dataset, batchSize, { predictions: memories });
  return batches * batchSize < dataset.rows ? null : memories.map((memory) => new Float32Array(memory));
}

/** Runs a job over all batches of a dataset; throws where ranks fail beyond recovery. */
export async function runWhole(
  mode: Exclude<Job['mode'], 'evaluate'>,
  { runtime, step }: JobContext,
  dataset: Dataset,
  batchSize: number,
  more: Pick<Job, 'predictions' | 'gradient' | 'borrowed'>,
): Promise<Outcome> {
  const endBatch = Math.ceil(dataset.rows / batchSize);
  const whole = { mode, dataset, order: null, batchSize, firstBatch: 0, endBatch, firstStep: step };
  const { failure, ...outcome } = await runtime.run({ ...whole, ...more });
  if (failure !== undefined) throw failure;
  return outcome;
}
