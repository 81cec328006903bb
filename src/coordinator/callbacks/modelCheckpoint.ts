import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { givenPath } from '../../shared/givenPath.js';
import type { Logs } from '../compiler/metrics.js';
import { flag, oneOf, type Rules, readOptions, text } from '../options/check.js';
import type { Callback, FitControl } from './callback.js';
import { checkFields, fillFields } from './filepath.js';
import { type Mode, Monitor, modes } from './monitor.js';

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
  /** Write the model in TensorFlow.js format, `filepath` being its directory, instead of a checkpoint; default false. */
  readonly saveModel?: boolean;
}

type ResolvedOptions = Required<ModelCheckpointOptions>;

const DEFAULTS = { monitor: 'val_loss', saveBestOnly: false, mode: 'auto', saveModel: false } as const;

const rules: Rules<ResolvedOptions> = {
  filepath: text('a path, such as checkpoints/{epoch:02d}.ckpt'),
  monitor: text('the name of a logged value, such as val_loss'),
  saveBestOnly: flag,
  mode: oneOf(...modes),
  saveModel: flag,
};

/**
 * Writes a checkpoint, or the model, after every epoch or after the best ones: Keras's ModelCheckpoint
 * (https://keras.io/api/callbacks/model_checkpoint/). Folders that are missing are made.
 *
 * @throws LockstepError as `earlyStopping`; `fit` rejects with `UNKNOWN_FIELD` before the first step when `filepath` has
 * a field that is not logged.
 * @example callbacks.modelCheckpoint({ filepath: 'best.ckpt', saveBestOnly: true })
 */
export function modelCheckpoint(options: ModelCheckpointOptions): Callback {
  const resolved = readOptions<ResolvedOptions>('modelCheckpoint', options, DEFAULTS, rules);
  return new ModelCheckpoint({ ...resolved, filepath: givenPath(resolved.filepath) });
}

class ModelCheckpoint implements Callback {
  readonly name = 'modelCheckpoint';
  readonly #options: ResolvedOptions;
  readonly #monitor: Monitor;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.#monitor = new Monitor(this.name, { ...options, minDelta: 0 });
  }

  onTrainBegin(fit: FitControl): void {
    checkFields(this.#options.filepath, ['epoch', ...fit.logNames]);
    if (this.#options.saveBestOnly) this.#monitor.check(fit);
    this.#monitor.reset();
  }

  async onEpochEnd(epoch: number, logs: Logs, fit: FitControl): Promise<void> {
    const { filepath, saveBestOnly, saveModel } = this.#options;
    if (saveBestOnly && !this.#monitor.take(this.#monitor.valueIn(logs))) return;
    const path = fillFields(filepath, { ...logs, epoch: epoch + 1 });
    await mkdir(dirname(path), { recursive: true });
    if (saveModel) await fit.save(path);
    else fit.checkpoint(path);
  }

  state(): number {
    return this.#monitor.best;
  }

  restore(best: number): void {
    this.#monitor.best = best;
  }
}
