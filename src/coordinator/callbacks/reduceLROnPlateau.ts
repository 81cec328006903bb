import { z } from 'zod';
import type { Logs } from '../compiler/metrics.js';
import { belowOne, finite, nonNegative, oneOf, text, wholeNumber } from '../options/fields.js';
import { readOptions } from '../options/readOptions.js';
import type { Callback, FitControl } from './callback.js';
import { learningRateLog } from './learningRateLog.js';
import { LOGGED, type Mode, Monitor, modes } from './monitor.js';

export interface ReduceLROnPlateauOptions {
  /** Name of the value to watch; default `val_loss`. */
  readonly monitor?: string;
  /** The learning rate is multiplied by this, in [0, 1); default 0.1. */
  readonly factor?: number;
  /** Epochs without improvement after which it is; default 10. */
  readonly patience?: number;
  /** Whether the value is to fall (`min`) or to rise (`max`); default `auto`: losses fall and metrics know. */
  readonly mode?: Mode;
  /** A change of this much or less is no improvement; default 0.0001. */
  readonly minDelta?: number;
  /** Epochs after a reduction in which none without improvement is counted; default 0. */
  readonly cooldown?: number;
  /** The learning rate never falls below this; default 0. */
  readonly minLr?: number;
}

export const reduceLROnPlateauSchema = z.strictObject({
  monitor: text(LOGGED).default('val_loss'),
  factor: belowOne().default(0.1),
  patience: wholeNumber(0).default(10),
  mode: oneOf(modes).default('auto'),
  minDelta: finite().transform(Math.abs).default(1e-4),
  cooldown: wholeNumber(0).default(0),
  minLr: nonNegative().default(0),
});

type ResolvedOptions = z.output<typeof reduceLROnPlateauSchema>;

interface State {
  readonly best: number;
  readonly wait: number;
  readonly cooldown: number;
}

/**
 * Lowers the base learning rate when a value has stopped improving: Keras 3's ReduceLROnPlateau
 * (https://keras.io/api/callbacks/reduce_lr_on_plateau/).
 *
 * @throws LockstepError as `earlyStopping`.
 * @example callbacks.reduceLROnPlateau({ factor: 0.5, patience: 4, minLr: 1e-5 })
 */
export function reduceLROnPlateau(options: ReduceLROnPlateauOptions = {}): Callback {
  return new ReduceLROnPlateau(readOptions('reduceLROnPlateau', reduceLROnPlateauSchema, options));
}

class ReduceLROnPlateau implements Callback {
  readonly name = 'reduceLROnPlateau';
  readonly epochLogs = learningRateLog;
  readonly #options: ResolvedOptions;
  readonly #monitor: Monitor;
  #wait = 0;
  /** Epochs of the cooldown that are left. */
  #cooldown = 0;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#monitor = new Monitor(this.name, options);
  }

  onTrainBegin(fit: FitControl): void {
    this.#monitor.check(fit);
    this.#monitor.reset();
    this.#wait = 0;
    this.#cooldown = 0;
  }

  onEpochEnd(_epoch: number, logs: Logs, fit: FitControl): void {
    const value = this.#monitor.valueIn(logs);
    // An epoch that was not validated says nothing.
    if (value === undefined) return;
    if (this.#cooldown > 0) {
      this.#cooldown--;
      this.#wait = 0;
    }
    if (this.#monitor.take(value)) this.#wait = 0;
    else if (this.#cooldown === 0 && ++this.#wait >= this.#options.patience) this.#reduce(fit);
  }

  state(): State {
    return { best: this.#monitor.best, wait: this.#wait, cooldown: this.#cooldown };
  }

  restore({ best, wait, cooldown }: State): void {
    this.#monitor.best = best;
    this.#wait = wait;
    this.#cooldown = cooldown;
  }

  #reduce(fit: FitControl): void {
    const { factor, minLr, cooldown } = this.#options;
    if (fit.learningRate <= minLr) return;
    fit.learningRate = Math.max(fit.learningRate * factor, minLr);
    this.#cooldown = cooldown;
    this.#wait = 0;
  }
}
