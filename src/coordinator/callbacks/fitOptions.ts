import type { WeightOptions } from '../options/trainerOptions.js';
import type { ValidationOptions } from '../options/validationOptions.js';
import type { Callback } from './callback.js';

/** How `fit` trains. Names and meanings are Keras's; its snake_case is read too. */
export interface FitOptions extends ValidationOptions, WeightOptions {
  /** The number of the last epoch, counted from 1, and so of passes over the training rows; default 1. */
  readonly epochs?: number;
  /** The number of the first epoch, counted from 0; default 0. With `epochs` or more, nothing is trained. */
  readonly initialEpoch?: number;
  /** Rows of one global batch; default 32. */
  readonly batchSize?: number;
  /**
   * Steps after which an epoch ends; default: all rows. The next epoch goes on behind it; an epoch also ends, as in Keras,
   * where the rows do, and the next one begins another pass over them. TensorFlow.js's word `batchesPerEpoch` is read too.
   */
  readonly stepsPerEpoch?: number;
  readonly batchesPerEpoch?: number;
  /** Seeded shuffling of the training rows before each pass; default true. */
  readonly shuffle?: boolean;
  /** A list, or one alone. */
  readonly callbacks?: Callback | readonly Callback[];
  /** What is printed on stderr: 0 (default) nothing, 1 or 'auto' a line of progress, 2 a line an epoch. */
  readonly verbose?: 0 | 1 | 2 | 'auto' | boolean;
  /** Stops after the step in progress; `fit` then rejects with code `ABORTED` and the trainer stays usable. */
  readonly signal?: AbortSignal;
}
