import { z } from 'zod';
import type { Logs } from '../compiler/metrics.js';
import { finite, flag, oneOf, text, wholeNumber } from '../options/fields.js';
import { readOptions } from '../options/readOptions.js';
import type { Weight } from '../options/trainerOptions.js';
import type { Callback, FitControl } from './callback.js';
import { LOGGED, type Mode, Monitor, modes } from './monitor.js';

export interface EarlyStoppingOptions {
  /** Name of the value to watch; default `val_loss`. */
  readonly monitor?: string;
  /** A change of this much or less is no improvement; default 0. */
  readonly minDelta?: number;
  /** Epochs without improvement after which training ends; default 0. */
  readonly patience?: number;
  /** Whether the value is to fall (`min`) or to rise (`max`); default `auto`: losses fall and metrics know. */
  readonly mode?: Mode;
  /** A value that must be improved on before an epoch counts as an improvement. */
  readonly baseline?: number;
  /** Give the model the weights of its best epoch when training ends, for whatever reason; default false. */
  readonly restoreBestWeights?: boolean;
  /** Epochs at the start that are not looked at; default 0. */
  readonly startFromEpoch?: number;
}

export const earlyStoppingSchema = z.strictObject({
  monitor: text(LOGGED).default('val_loss'),
  minDelta: finite().transform(Math.abs).default(0),
  patience: wholeNumber(0).default(0),
  mode: oneOf(modes).default('auto'),
  baseline: finite().exactOptional(),
  restoreBestWeights: flag().default(false),
  startFromEpoch: wholeNumber(0).default(0),
});

type ResolvedOptions = z.output<typeof earlyStoppingSchema>;

/** What a checkpoint holds of it. */
export interface EarlyStoppingState {
  readonly best: number;
  readonly wait: number;
  readonly bestEpoch: number | null;
  readonly stoppedEpoch: number | null;
  readonly bestWeights: readonly StoredWeight[] | null;
}

export type StoredWeight = Omit<Weight, 'values'> & { readonly values: Uint8Array };

/**
 * Ends training once a value has stopped improving: Keras 3's EarlyStopping
 * (https://keras.io/api/callbacks/early_stopping/).
 *
 * @throws LockstepError `INVALID_OPTION` or `UNKNOWN_OPTION`; `fit` rejects before the first step with `UNKNOWN_MONITOR`
 * when it does not log the monitored value, and with `MODE_NEEDED` when nobody has told which way that improves.
 * @example callbacks.earlyStopping({ patience: 3, restoreBestWeights: true })
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): EarlyStopping {
  return new EarlyStopping(readOptions('earlyStopping', earlyStoppingSchema, options));
}

export class EarlyStopping implements Callback {
  readonly name = 'earlyStopping';
  /** The epoch, from 0, that ended training; null when it ran to its end. */
  stoppedEpoch: number | null = null;
  /** The epoch, from 0, with the best value. */
  bestEpoch: number | null = null;
  /** The epoch, from 0, whose weights the model was given when training ended; null before, and where it was given none. */
  restoredEpoch: number | null = null;
  readonly #options: ResolvedOptions;
  readonly #monitor: Monitor;
  #wait = 0;
  #bestWeights: Weight[] | null = null;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#monitor = new Monitor(this.name, options);
  }

  /** The best value so far. */
  get best(): number {
    return this.#monitor.best;
  }

  onTrainBegin(fit: FitControl): void {
    this.#monitor.check(fit);
    this.#monitor.reset();
    this.#wait = 0;
    this.stoppedEpoch = null;
    this.bestEpoch = null;
    this.restoredEpoch = null;
    this.#bestWeights = null;
  }

  onEpochEnd(epoch: number, logs: Logs, fit: FitControl): void {
    const { startFromEpoch, baseline, patience } = this.#options;
    if (epoch < startFromEpoch) return;
    const value = this.#monitor.valueIn(logs);
    // An epoch that was not validated says nothing.
    if (value === undefined) return;
    this.#wait++;
    const better = this.#monitor.take(value);
    // The first epoch is the best so far even if its value is NaN.
    if (better || this.bestEpoch === null) this.#keep(epoch, fit);
    if (better) {
      if (baseline === undefined || this.#monitor.improves(value, baseline)) this.#wait = 0;
    } else if (this.#wait >= patience && epoch > 0) {
      this.stoppedEpoch = epoch;
      fit.stopTraining();
    }
  }

  onTrainEnd(_logs: Logs, fit: FitControl): void {
    if (this.#bestWeights === null) return;
    fit.setWeights(this.#bestWeights);
    this.restoredEpoch = this.bestEpoch;
  }

  state(): EarlyStoppingState {
    const { best, bestEpoch, stoppedEpoch } = this;
    const bestWeights = this.#bestWeights?.map((weight) => ({ ...weight, values: bytesOf(weight.values) })) ?? null;
    return { best, wait: this.#wait, bestEpoch, stoppedEpoch, bestWeights };
  }

  restore(state: EarlyStoppingState): void {
    this.#monitor.best = state.best;
    this.#wait = state.wait;
    this.bestEpoch = state.bestEpoch;
    this.stoppedEpoch = state.stoppedEpoch;
    this.#bestWeights = state.bestWeights?.map((weight) => ({ ...weight, values: floatsOf(weight.values) })) ?? null;
  }

  #keep(epoch: number, fit: FitControl): void {
    this.bestEpoch = epoch;
    if (this.#options.restoreBestWeights) this.#bestWeights = fit.weights();
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Copied, because bytes read from a file need not be aligned. */
function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}
