import { userError } from '../../shared/errors.js';
import { show } from '../options/values.js';
import type { Callback, FitControl } from './callback.js';
import { learningRateLog } from './learningRateLog.js';

/** The learning rate of an epoch (from 0), given the one in force. */
export type EpochSchedule = (epoch: number, learningRate: number) => number;

/**
 * Sets the base learning rate at the start of every epoch: Keras's LearningRateScheduler
 * (https://keras.io/api/callbacks/learning_rate_scheduler/). For a rate by step, give the optimizer a `schedule`.
 *
 * @throws LockstepError `INVALID_OPTION` when `schedule` is not a function; `fit` rejects with `INVALID_LEARNING_RATE`
 * when it returns anything but a finite number of at least 0.
 * @example callbacks.learningRateScheduler((epoch, rate) => (epoch < 10 ? rate : rate * 0.9))
 */
export function learningRateScheduler(schedule: EpochSchedule): Callback {
  if (typeof schedule !== 'function') {
    throw userError(
      'INVALID_OPTION',
      `learningRateScheduler received ${show(schedule)}; give a function (epoch, learningRate) => learningRate.`,
    );
  }
  return new LearningRateScheduler(schedule);
}

class LearningRateScheduler implements Callback {
  readonly name = 'learningRateScheduler';
  readonly epochLogs = learningRateLog;
  readonly #schedule: EpochSchedule;
  /** The epoch whose rate is set: one that is resumed begins twice, but must not be scheduled twice. */
  #scheduled = -1;

  constructor(schedule: EpochSchedule) {
    this.#schedule = schedule;
  }

  onTrainBegin(): void {
    this.#scheduled = -1;
  }

  onEpochBegin(epoch: number, fit: FitControl): void {
    if (epoch === this.#scheduled) return;
    const rate = this.#schedule(epoch, fit.learningRate);
    if (!Number.isFinite(rate) || rate < 0) {
      throw userError(
        'INVALID_LEARNING_RATE',
        `The schedule of learningRateScheduler returned ${show(rate)} for epoch ${epoch}; return a finite number of at least 0.`,
      );
    }
    fit.learningRate = rate;
    this.#scheduled = epoch;
  }

  state(): number {
    return this.#scheduled;
  }

  restore(scheduled: number): void {
    this.#scheduled = scheduled;
  }
}
