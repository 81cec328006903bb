import type { LockstepError } from '../../shared/errors.js';
import type { Direction } from '../../shared/program/measures.js';
import type { Logs } from '../compiler/metrics.js';
import type { DatasetSource } from '../options/datasets.js';
import type {
  EvaluateOptions,
  LabelledData,
  PredictOptions,
  TensorSources,
  Weight,
} from '../options/trainerOptions.js';

/** What a callback may look at and do while `fit` waits for it. */
export interface FitControl {
  /** Updates applied so far, over the whole run. */
  readonly step: number;
  /** Steps of the epoch in progress; Infinity for a dataset without `stepsPerEpoch`. */
  readonly stepsPerEpoch: number;
  readonly epochs: number;
  /** Names that the logs of an epoch will have: `loss`, each metric, and `val_` forms where there is validation data. */
  readonly logNames: readonly string[];
  /** Which of them improve as they fall (`min`) and which as they rise (`max`); those of functions of yours are absent. */
  readonly directions: Readonly<Record<string, Direction>>;
  /** The rows of the last batch, and loss and metrics of it alone; the logs of `onBatchEnd` are means over the epoch so far. */
  readonly lastBatch: BatchLogs;
  /** The base learning rate that the next update uses, before schedule and decay. */
  learningRate: number;
  /** Whether a callback has ended training: no epoch begins after this one. */
  readonly stopped: boolean;
  /** Ends training after the current batch (from batch hooks) or epoch (from epoch hooks). */
  stopTraining(): void;
  /** Copies of all weights, in the model's order. */
  weights(): Weight[];
  /** Replaces all weights by such copies; the optimizer's own vectors stay. */
  setWeights(weights: readonly Weight[]): void;
  /**
   * Asks for a checkpoint. It is taken as soon as every callback has heard of the current batch or epoch, so that it holds
   * the states of all of them as one moment, and written while training goes on. One that cannot be written is told to
   * `TrainerOptions.onEvent`; training goes on.
   */
  checkpoint(path: string): void;
  /** Asks the ranks to pause after the step in progress, for `onPause`. */
  pause(): void;
  /** Writes the model in TensorFlow.js layers format, as it is now. */
  save(directory: string): Promise<void>;
  /**
   * The model's output, as it is now, for every row: as `Trainer.predict`. Ranks do one thing at a time, so that a hook must
   * await it; from outside of hooks it rejects with `BUSY`.
   */
  predict<P extends Prediction | Prediction[] = Prediction>(
    data: { readonly x: TensorSources } | DatasetSource<unknown>,
    options?: PredictOptions,
  ): Promise<P>;
  /** Loss and metrics over data, each row counted once: as `Trainer.evaluate`, in the same way. */
  evaluate(data: LabelledData | DatasetSource, options?: EvaluateOptions): Promise<Logs>;
}

/** One batch by itself. */
export interface BatchLogs {
  readonly rows: number;
  readonly logs: Logs;
}

/** A model's output for some rows. */
export interface Prediction {
  /** The output of each row after that of the row before. */
  readonly values: Float32Array;
  /** [rows, …] */
  readonly shape: number[];
}

/**
 * Hooks of `fit`, as in Keras; each may be async and is awaited. Epochs and batches count from 0. With a batch hook the
 * ranks pause at every step until it returns. A `fit` that goes on after an interruption calls `onTrainBegin` and the
 * `onEpochBegin` of the epoch in progress once more.
 */
export interface Callback {
  /** What errors and checkpoints call it; default: the name of its class. */
  readonly name?: string;
  onTrainBegin?(fit: FitControl): void | Promise<void>;
  onEpochBegin?(epoch: number, fit: FitControl): void | Promise<void>;
  onBatchBegin?(batch: number, fit: FitControl): void | Promise<void>;
  onBatchEnd?(batch: number, logs: Logs, fit: FitControl): void | Promise<void>;
  /** Values that this callback adds to the logs of every epoch, and so to the history, by name: taken when it has ended. */
  readonly epochLogs?: Readonly<Record<string, (fit: FitControl) => number>>;
  /** With it the ranks pause after every so many updates of the whole run, and `onPause` is called. */
  readonly pauseEvery?: number;
  /** The ranks stand still between two steps of an epoch, because `pauseEvery` or `fit.pause` asked for it. */
  onPause?(fit: FitControl): void | Promise<void>;
  onEpochEnd?(epoch: number, logs: Logs, fit: FitControl): void | Promise<void>;
  onTrainEnd?(logs: Logs, fit: FitControl): void | Promise<void>;
  /**
   * A batch's loss is not finite and its update was not applied: `fit` rejects with `error` unless training is stopped
   * here.
   */
  onNonFiniteLoss?(error: LockstepError, fit: FitControl): void | Promise<void>;
  /**
   * Progress for displays: called a few times a second from the coordinator's own time, never delaying the ranks.
   * `batch` steps of the epoch are done and `logs` are the means over them.
   */
  onProgress?(progress: Progress): void;
  /**
   * What the callback must remember for a resumed run to have the same bits: numbers, strings, booleans, null, undefined,
   * bigints, typed arrays, ArrayBuffers, DataViews, Dates, Maps, Sets, and arrays and plain objects of these. They come back
   * without a change; anything else is refused with `INVALID_STATE`. It becomes part of every checkpoint of an unfinished `fit`.
   */
  state?(): unknown;
  /** Takes back what `state` returned; called after `onTrainBegin` when `fit` goes on. */
  restore?(state: unknown): void | Promise<void>;
}

export interface Progress {
  readonly epoch: number;
  readonly epochs: number;
  readonly batch: number;
  /** Infinity for a dataset without `stepsPerEpoch`. */
  readonly stepsPerEpoch: number;
  readonly samplesPerSecond: number;
  readonly logs: Logs;
}
