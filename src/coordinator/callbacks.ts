import type { Logs } from './options.js';

/** What a callback may look at and do while `fit` waits for it. */
export interface FitControl {
  /** Updates applied so far, over the whole run. */
  readonly step: number;
  /** Steps of one epoch. */
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  /** The base learning rate that the next update uses, before decay. */
  learningRate: number;
  /** Ends training after the current batch (from batch hooks) or epoch (from epoch hooks). */
  stopTraining(): void;
}

/**
 * Hooks of `fit`, as in Keras; each may be async and is awaited. Epochs and batches count from 0. With a batch hook the
 * ranks pause after every step until it returns.
 */
export interface Callback {
  onTrainBegin?(fit: FitControl): void | Promise<void>;
  onEpochBegin?(epoch: number, fit: FitControl): void | Promise<void>;
  onBatchEnd?(batch: number, logs: Logs, fit: FitControl): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs, fit: FitControl): void | Promise<void>;
  onTrainEnd?(logs: Logs, fit: FitControl): void | Promise<void>;
  /**
   * Progress for displays: called a few times a second from the coordinator's own time, never delaying the ranks.
   * `batch` steps of the epoch are done and `logs` are the means over them.
   */
  onProgress?(progress: Progress): void;
}

export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  readonly batch: number;
  readonly stepsPerEpoch: number;
  readonly samplesPerSecond: number;
  readonly logs: Logs;
}
