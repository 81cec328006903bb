import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { Logs } from '../compiler/metrics.js';
import { finite, flag, oneOf, pathOf, text, wholeNumber } from '../options/fields.js';
import { readOptions } from '../options/readOptions.js';
import type { Callback, FitControl } from './callback.js';
import { checkFields, fillFields } from './filepath.js';
import { LOGGED, type Mode, Monitor, modes } from './monitor.js';

export interface ModelCheckpointOptions {
  /**
   * Where to write. Fields are filled as in Keras: `{epoch}` counts from 1, the other names are those of the logs, and
   * a format may follow: `best-{epoch:02d}-{val_loss:.3f}.ckpt`.
   */
  readonly filepath: string;
  /** Name of the value by which `saveBestOnly` compares; default `val_loss`. */
  readonly monitor?: string;
  /** Write only after an epoch that is better than all before it; default false. */
  readonly saveBestOnly?: boolean;
  /** Whether the value is to fall (`min`) or to rise (`max`); default `auto`: losses fall and metrics know. */
  readonly mode?: Mode;
  /** With `saveBestOnly`, what the first value has to improve on; default none. */
  readonly initialValueThreshold?: number;
  /** `epoch`, or after how many batches to write, counted over the whole fit; default `epoch`. */
  readonly saveFreq?: 'epoch' | number;
  /** Write the model in TensorFlow.js format, `filepath` being its directory, instead of a checkpoint; default false. */
  readonly saveModel?: boolean;
}

export const modelCheckpointSchema = z.strictObject({
  filepath: pathOf('a path, such as checkpoints/{epoch:02d}.ckpt'),
  monitor: text(LOGGED).default('val_loss'),
  saveBestOnly: flag().default(false),
  mode: oneOf(modes).default('auto'),
  initialValueThreshold: finite().exactOptional(),
  saveFreq: z
    .union([z.literal('epoch'), wholeNumber(1)], { error: 'epoch, or a number of batches of at least 1' })
    .default('epoch'),
  saveModel: flag().default(false),
});

interface State {
  readonly best: number;
  readonly batches: number;
}

type ResolvedOptions = z.output<typeof modelCheckpointSchema>;

/**
 * Writes a checkpoint, or the model, after every epoch or after the best ones: Keras's ModelCheckpoint
 * (https://keras.io/api/callbacks/model_checkpoint/). Folders that are missing are made.
 *
 * @throws LockstepError as `earlyStopping`; `fit` rejects with `UNKNOWN_FIELD` before the first step when `filepath` has
 * a field that is not logged.
 * @example callbacks.modelCheckpoint({ filepath: 'best.ckpt', saveBestOnly: true })
 */
export function modelCheckpoint(options: ModelCheckpointOptions): Callback {
  return new ModelCheckpoint(readOptions('modelCheckpoint', modelCheckpointSchema, options));
}

class ModelCheckpoint implements Callback {
  readonly name = 'modelCheckpoint';
  readonly #options: ResolvedOptions;
  readonly #monitor: Monitor;
  /** Called after every batch only where batches are counted: it makes the ranks pause. */
  declare readonly onBatchEnd?: NonNullable<Callback['onBatchEnd']>;
  #epoch = 0;
  #batches = 0;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#monitor = new Monitor(this.name, { ...options, minDelta: 0 });
    const { saveFreq } = options;
    if (saveFreq === 'epoch') return;
    this.onBatchEnd = async (_batch, logs, fit) => {
      if (++this.#batches % saveFreq === 0) await this.#write(this.#epoch, logs, fit);
    };
  }

  onTrainBegin(fit: FitControl): void {
    checkFields(this.#options.filepath, ['epoch', ...fit.logNames]);
    if (this.#options.saveBestOnly) this.#monitor.check(fit);
    this.#monitor.reset();
    this.#batches = 0;
    const { initialValueThreshold: threshold } = this.#options;
    if (threshold !== undefined) this.#monitor.best = threshold;
  }

  onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  async onEpochEnd(epoch: number, logs: Logs, fit: FitControl): Promise<void> {
    if (this.#options.saveFreq === 'epoch') await this.#write(epoch, logs, fit);
  }

  async #write(epoch: number, logs: Logs, fit: FitControl): Promise<void> {
    const { filepath, saveBestOnly, saveModel } = this.#options;
    const value = this.#monitor.valueIn(logs);
    if (saveBestOnly && (value === undefined || !this.#monitor.take(value))) return;
    const path = fillFields(filepath, { ...logs, epoch: epoch + 1 });
    await mkdir(dirname(path), { recursive: true });
    if (saveModel) await fit.save(path);
    else fit.checkpoint(path);
  }

  state(): State {
    return { best: this.#monitor.best, batches: this.#batches };
  }

  restore({ best, batches }: State): void {
    this.#monitor.best = best;
    this.#batches = batches;
  }
}
