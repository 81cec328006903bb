import { z } from 'zod';
import type { Logs } from '../../compiler/metrics.js';
import { flag, pathOf, wholeNumber } from '../../options/fields.js';
import { readOptions } from '../../options/readOptions.js';
import type { Callback, FitControl } from '../callback.js';
import { EpochEvents, points } from './epochs.js';
import type { Point } from './event.js';
import type { EventFileState } from './eventFile.js';
import { histogram } from './histogram.js';

export interface TensorBoardOptions {
  /** The folder that `tensorboard --logdir` is given; its parts `train` and `validation` are two curves. */
  readonly logDir: string;
  /** Histograms of every weight after each so many epochs; default 0: none. */
  readonly histogramFreq?: number;
  /**
   * Loss and metrics also after each so many steps, each of that batch alone, as `batch_loss`; `'batch'` is 1. Ranks pause for each.
   * Default `'epoch'`: none.
   */
  readonly updateFreq?: 'epoch' | 'batch' | number;
  /** Steps a second of each epoch, as `epoch_steps_per_second`; default false. */
  readonly writeStepsPerSecond?: boolean;
}

const updateRule = "'epoch', 'batch' or a number of steps";

export const tensorBoardSchema = z.strictObject({
  logDir: pathOf('the path of a folder'),
  histogramFreq: wholeNumber(0).default(0),
  updateFreq: z.union([z.literal('epoch'), z.literal('batch'), wholeNumber(1)], { error: updateRule }).default('epoch'),
  writeStepsPerSecond: flag().default(false),
});

type ResolvedOptions = z.output<typeof tensorBoardSchema>;

/**
 * Writes what TensorBoard shows, under the names of Keras's callback (https://keras.io/api/callbacks/tensorboard/): `epoch_loss`,
 * `epoch_learning_rate` and each metric by epochs from 0, in `train` and `validation`. A resumed run goes on behind its last
 * checkpoint: each step is there once.
 *
 * @throws LockstepError `INVALID_OPTION` or `UNKNOWN_OPTION`.
 * @example callbacks.tensorBoard({ logDir: 'logs', histogramFreq: 1 })
 */
export function tensorBoard(options: TensorBoardOptions): Callback {
  return new TensorBoard(readOptions('tensorBoard', tensorBoardSchema, options));
}

class TensorBoard implements Callback {
  readonly name = 'tensorBoard';
  readonly pauseEvery?: number;
  readonly #options: ResolvedOptions;
  readonly #events: EpochEvents;
  #epochBegan = 0;
  #firstStep = 0;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#events = new EpochEvents(options.logDir);
    const { updateFreq } = options;
    if (updateFreq !== 'epoch') this.pauseEvery = updateFreq === 'batch' ? 1 : updateFreq;
  }

  onTrainBegin(): void {
    this.#events.train.begin();
    this.#events.validation.begin();
  }

  onEpochBegin(_epoch: number, { step }: FitControl): void {
    this.#epochBegan = performance.now();
    this.#firstStep = step;
  }

  async onPause({ step, lastBatch }: FitControl): Promise<void> {
    const { pauseEvery } = this;
    // Another callback may have asked for the pause.
    if (pauseEvery === undefined || step % pauseEvery !== 0) return;
    await this.#events.train.write(step, points('batch_', lastBatch.logs));
  }

  async onEpochEnd(epoch: number, logs: Logs, fit: FitControl): Promise<void> {
    const { learning_rate: learningRate = fit.learningRate, ...values } = logs;
    await this.#events.write(epoch, values, { learning_rate: learningRate, ...this.#pace(fit) });
    const { histogramFreq } = this.#options;
    if (histogramFreq > 0 && epoch % histogramFreq === 0) await this.#events.train.write(epoch, histograms(fit));
  }

  state(): Record<'train' | 'validation', EventFileState> {
    const { train, validation } = this.#events;
    return { train: train.state, validation: validation.state };
  }

  restore({ train, validation }: Record<'train' | 'validation', EventFileState>): void {
    this.#events.train.begin(train);
    this.#events.validation.begin(validation);
  }

  #pace({ step }: FitControl): Logs {
    if (!this.#options.writeStepsPerSecond) return {};
    return { steps_per_second: (1000 * (step - this.#firstStep)) / (performance.now() - this.#epochBegan) };
  }
}

function histograms(fit: FitControl): Point[] {
  return fit.weights().flatMap(({ name, values }) => {
    const value = histogram(values);
    return value === null ? [] : [{ tag: `${name}/histogram`, value }];
  });
}
