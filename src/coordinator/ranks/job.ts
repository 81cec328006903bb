import type { Done, RunMode } from '../../shared/protocol/messages.js';
import type { Batches } from '../data/batchSource.js';
import type { Dataset } from '../data/dataset.js';

/** Batches [firstBatch, endBatch) of a dataset, to be run on all ranks. */
export interface Job extends Batches {
  readonly mode: RunMode;
  readonly firstStep: number;
  readonly predictions?: readonly SharedArrayBuffer[];
  /** What the mode `gradients` fills and the mode `apply` takes: as `Run` has it. */
  readonly gradient?: SharedArrayBuffer;
  /** Memory that takes a copy of the training state after the last batch. */
  readonly copy?: SharedArrayBuffer;
}

/** A row of nothing, for jobs that need no data. */
export const NO_DATA: Dataset = { rows: 1, inputs: [], targets: [], weights: [] };

/** Part of a job with all that its result depends on beside the weights: it can be carried out again. */
export interface Command {
  readonly job: Job;
  /** Rows and sums of the epoch before it. */
  readonly totals: readonly number[];
  readonly learningRate: number;
}

/** Updates applied after `batches` batches of a job. */
export function stepAfter({ mode, firstStep }: Job, batches: number): number {
  return mode === 'gradients' ? firstStep : firstStep + batches;
}

/** How far a job came. */
export type Outcome = Pick<Done, 'batches' | 'nonFinite'>;
