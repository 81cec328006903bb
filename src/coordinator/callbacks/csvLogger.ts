import { appendFile, mkdir, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { givenPath } from '../../shared/givenPath.js';
import type { Logs } from '../compiler/metrics.js';
import { flag, type Rules, readOptions, text } from '../options/check.js';
import type { Callback, FitControl } from './callback.js';

export interface CSVLoggerOptions {
  readonly filename: string;
  /** Between two values of a line; default a comma. */
  readonly separator?: string;
  /** Go on at the end of a file that is there, instead of replacing it; default false. */
  readonly append?: boolean;
}

type ResolvedOptions = Required<CSVLoggerOptions>;

const DEFAULTS = { separator: ',', append: false } as const;

const rules: Rules<ResolvedOptions> = {
  filename: text('the path of a file'),
  separator: text('a text such as ","'),
  append: flag,
};

/**
 * Writes one line an epoch: its number from 0, then the logs by name, as Keras's CSVLogger does
 * (https://keras.io/api/callbacks/csv_logger/). A resumed run goes on behind its last checkpoint: lines of epochs that
 * are trained once more are replaced.
 *
 * @throws LockstepError `INVALID_OPTION` or `UNKNOWN_OPTION`.
 * @example callbacks.csvLogger({ filename: 'training.csv' })
 */
export function csvLogger(options: CSVLoggerOptions): Callback {
  const resolved = readOptions<ResolvedOptions>('csvLogger', options, DEFAULTS, rules);
  return new CSVLogger({ ...resolved, filename: givenPath(resolved.filename) });
}

class CSVLogger implements Callback {
  readonly name = 'csvLogger';
  readonly #options: ResolvedOptions;
  #names: readonly string[] = [];
  /** Bytes of the file that count: this run's lines, and what `append` found before them. */
  #length = 0;
  #open = false;

  constructor(options: ResolvedOptions) {
    this.#options = options;
  }

  async onTrainBegin({ logNames }: FitControl): Promise<void> {
    this.#names = [...logNames].sort();
    this.#length = this.#options.append ? await sizeOf(this.#options.filename) : 0;
    this.#open = false;
  }

  async onEpochEnd(epoch: number, logs: Logs): Promise<void> {
    if (!this.#open) await this.#cut();
    await this.#write([epoch, ...this.#names.map((name) => logs[name])]);
  }

  state(): number {
    return this.#length;
  }

  async restore(length: number): Promise<void> {
    this.#length = Math.min(length, await sizeOf(this.#options.filename));
  }

  /** Removes what does not count; no earlier than a line is due, so that a fit that is refused leaves the file alone. */
  async #cut(): Promise<void> {
    const { filename } = this.#options;
    await mkdir(dirname(filename), { recursive: true });
    await appendFile(filename, '');
    await truncate(filename, this.#length);
    this.#open = true;
    if (this.#length === 0) await this.#write(['epoch', ...this.#names]);
  }

  async #write(cells: readonly (string | number)[]): Promise<void> {
    const line = `${cells.join(this.#options.separator)}\n`;
    await appendFile(this.#options.filename, line);
    this.#length += Buffer.byteLength(line);
  }
}

/** Of a file that is not there, 0. */
async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}
