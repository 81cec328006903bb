import { z } from 'zod';
import { plainText } from '../../shared/plainText.js';
import type { Logs } from '../compiler/metrics.js';
import { readOptions } from '../options/readOptions.js';
import { hasMethod } from '../options/values.js';
import type { Callback, FitControl, Progress } from './callback.js';
import { epochText, Pace } from './display/epochs.js';
import { renderProgress } from './display/progressLine.js';
import { StatusLine, type Terminal } from './display/statusLine.js';

/** Where progress is written: a stream such as process.stderr. */
export interface ProgressStream {
  write(text: string): unknown;
}

export interface ProgressOptions {
  /** Default process.stderr. On a terminal a line is drawn again in place; elsewhere there is a line an epoch. */
  readonly stream?: ProgressStream;
  /** Draw that line where the stream is a terminal; default true. */
  readonly live?: boolean;
}

const schema = z.strictObject({
  stream: z
    .custom<ProgressStream>((given) => hasMethod(given, 'write'), { error: 'a stream with write' })
    .exactOptional(),
  live: z.boolean({ error: 'true or false' }).default(true),
});

/**
 * Shows how far `fit` is: a line an epoch with its logs and seconds and, on a terminal, a line for the epoch in progress with
 * its steps, its means so far, samples a second and the time left. It never delays the ranks.
 *
 * @throws LockstepError `INVALID_OPTION` or `UNKNOWN_OPTION`.
 * @example callbacks.progress()
 */
export function progress(options: ProgressOptions = {}): Callback {
  const { stream = process.stderr, live } = readOptions('progress', schema, options);
  return new ProgressDisplay(stream, live);
}

/** For the option `verbose` of `fit`. */
export function progressFor(verbose: 0 | 1 | 2): Callback[] {
  return verbose === 0 ? [] : [progress({ live: verbose === 1 })];
}

/** Ample where a line is never drawn again. */
const WIDE = 200;

class ProgressDisplay implements Callback {
  readonly name = 'progress';
  readonly #stream: ProgressStream;
  readonly #live: boolean;
  #line: StatusLine | null = null;
  #pace: Pace | null = null;
  #epochBegan = 0;

  constructor(stream: ProgressStream, live: boolean) {
    this.#stream = stream;
    this.#live = live;
  }

  onTrainBegin(): void {
    this.#pace = null;
  }

  onEpochBegin(): void {
    this.#epochBegan = performance.now();
  }

  onProgress(given: Progress): void {
    if (!this.#live || !isTerminal(this.#stream)) return;
    const now = { ...given, epoch: given.epoch + 1 };
    this.#line ??= new StatusLine(this.#stream);
    this.#pace ??= new Pace(now);
    const secondsLeft = this.#pace.secondsLeft(now);
    const view = { ...now, ...(secondsLeft !== undefined && { secondsLeft }) };
    this.#line.show((width) => renderProgress(view, width));
  }

  onEpochEnd(epoch: number, logs: Logs, { epochs }: FitControl): void {
    const finished = { epoch: epoch + 1, epochs, logs, seconds: (performance.now() - this.#epochBegan) / 1000 };
    if (this.#line === null) this.#stream.write(`${plainText(epochText(finished, WIDE))}\n`);
    else this.#line.print(epochText(finished, this.#line.width));
  }

  onTrainEnd(): void {
    this.#line?.close();
    this.#line = null;
  }
}

function isTerminal(stream: ProgressStream): stream is Terminal {
  return 'isTTY' in stream && stream.isTTY === true;
}
