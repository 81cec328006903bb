import type { Done, RunMode } from '../../shared/protocol/messages.js';
import type { Batches } from '../data/batchSource.js';

/** Batches [firstBatch, endBatch) of a dataset, to be run on all ranks. */
export interface Job extends Batches {
  readonly mode: RunMode;
  readonly firstStep: number;
  readonly predictions?: readonly SharedArrayBuffer[];
  /** Memory that takes a copy of the training state after the last batch. */
  readonly copy?: SharedArrayBuffer;
}

/** Part of a job with all that its result depends on beside the weights: it can be carried out again. */
export interface Command {
  readonly job: Job;
  /** Rows and sums of the epoch before it. */
  readonly totals: readonly number[];
  readonly learningRate: number;
}

/** How far a job came. */
export type Outcome = Pick<Done, 'batches' | 'nonFinite'>;
