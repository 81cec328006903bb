import type { ValidationOptions } from '../options/trainerOptions.js';
import type { Callback } from './callback.js';

/** How `fit` trains. */
export interface FitOptions extends ValidationOptions {
  /** Passes over the training rows; default 1. */
  readonly epochs?: number;
  /** Rows of one global batch; default 32. */
  readonly batchSize?: number;
  /** Seeded shuffling of the training rows before each epoch; default true. */
  readonly shuffle?: boolean;
  readonly callbacks?: readonly Callback[];
  /** Stops after the step in progress; `fit` then rejects with code `ABORTED` and the trainer stays usable. */
  readonly signal?: AbortSignal;
}
