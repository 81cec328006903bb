import { join } from 'node:path';
import type { Logs } from '../../compiler/metrics.js';
import type { Point } from './event.js';
import { EventFile } from './eventFile.js';

const VALIDATION = 'val_';

/** The two curves of a run, each a folder: TensorBoard draws them over each other, as Keras's callback writes them. */
export class EpochEvents {
  readonly train: EventFile;
  readonly validation: EventFile;

  constructor(logDir: string) {
    this.train = new EventFile(join(logDir, 'train'));
    this.validation = new EventFile(join(logDir, 'validation'));
  }

  /**
   * Adds an epoch.
   *
   * @param epoch Counted from 0.
   * @param logs Loss and metrics by name, with `val_` forms.
   * @param more Values of the epoch beside them, such as `learning_rate`.
   */
  async write(epoch: number, logs: Logs, more: Logs, seconds?: number): Promise<void> {
    const names = Object.keys(logs);
    const validation = names.filter((name) => name.startsWith(VALIDATION));
    const train = names.filter((name) => !validation.includes(name));
    await this.train.write(epoch, [...points('epoch_', logs, train), ...points('epoch_', more)], seconds);
    await this.validation.write(epoch, points('epoch_', logs, validation, VALIDATION.length), seconds);
  }
}

/** @param from How many characters at the start of a name are left out. */
export function points(prefix: string, logs: Logs, names = Object.keys(logs), from = 0): Point[] {
  return names.map((name) => ({ tag: `${prefix}${name.slice(from)}`, value: logs[name] }));
}
