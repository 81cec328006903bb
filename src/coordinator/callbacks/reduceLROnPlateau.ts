import type { Logs } from '../compiler/metrics.js';
import { nonNegative, number, oneOf, type Rules, readOptions, text, wholeFrom } from '../options/check.js';
import type { Callback, FitControl } from './callback.js';
import { type Mode, Monitor, modes } from './monitor.js';

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

type ResolvedOptions = Required<ReduceLROnPlateauOptions>;

const DEFAULTS: ResolvedOptions = {
  monitor: 'val_loss',
  factor: 0.1,
  patience: 10,
  mode: 'auto',
  minDelta: 1e-4,
  cooldown: 0,
  minLr: 0,
};

const rules: Rules<ResolvedOptions> = {
  monitor: text('the name of a logged value, such as val_loss'),
  factor: number('a number from 0 up to, but not including, 1', (value) => value >= 0 && value < 1),
  patience: wholeFrom(0),
  mode: oneOf(...modes),
  minDelta: nonNegative,
  cooldown: wholeFrom(0),
  minLr: nonNegative,
};

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
  return new ReduceLROnPlateau(readOptions('reduceLROnPlateau', options, DEFAULTS, rules));
}

class ReduceLROnPlateau implements Callback {
  readonly name = 'reduceLROnPlateau';
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
    if (this.#cooldown > 0) {
      this.#cooldown--;
      this.#wait = 0;
    }
    if (this.#monitor.take(this.#monitor.valueIn(logs))) this.#wait = 0;
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
