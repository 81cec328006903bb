import { appendFile, readFile } from 'node:fs/promises';
import { EpochEvents } from '../coordinator/callbacks/tensorBoard/epochs.js';
import type { Logs } from '../coordinator/compiler/metrics.js';
import { reason, sizeOfFile } from '../shared/files.js';
import { writeWholeFile } from '../shared/writing/wholeFile.js';
import type { RunPaths } from './paths.js';

/** A line of metrics.jsonl: an epoch that is finished. */
export interface EpochRecord {
  /** Counted from 1. */
  readonly epoch: number;
  /** Updates applied at its end. */
  readonly step: number;
  /** When it ended, as in 2030-01-31T12:00:00.000Z. */
  readonly time: string;
  readonly seconds: number;
  readonly samplesPerSecond: number;
  readonly learningRate: number;
  /** Loss and metrics by name, with `val_` forms. */
  readonly logs: Logs;
}

/** What a run writes of its epochs: metrics.jsonl and, where it is asked for, the same for TensorBoard. */
export class EpochFiles {
  readonly #path: string;
  readonly #board: EpochEvents | null;
  readonly #kept: readonly StoredEpoch[];

  private constructor(path: string, board: EpochEvents | null, kept: readonly StoredEpoch[]) {
    this.#path = path;
    this.#board = board;
    this.#kept = kept;
  }

  /** Drops the epochs after `step`, which a resumed run trains again; what TensorBoard shows is made anew from those that stay. */
  static async open({ metrics, tensorBoard }: RunPaths, step: number, showsBoard: boolean): Promise<EpochFiles> {
    const kept = await rewindMetrics(metrics, step);
    const board = showsBoard ? new EpochEvents(tensorBoard) : null;
    const files = new EpochFiles(metrics, board, kept);
    if (board !== null) await files.#showAgain(board);
    return files;
  }

  /** The lowest value of `monitor` in the epochs that stayed; infinite where there is none. */
  lowest(monitor: string): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#kept.map((epoch) => numberIn(epoch, monitor)));
  }

  /** Appends one epoch; returns what could not be written, and why. */
  async add({ logs, ...record }: EpochRecord): Promise<readonly string[]> {
    const { epoch } = record;
    const line = { ...record, ...logs };
    const failed = (place: string) => (error: unknown) =>
      `Epoch ${epoch} could not be added to ${place}: ${reason(error)}.`;
    const lost = await Promise.all([
      appendFile(this.#path, `${JSON.stringify(line)}\n`).catch(failed(this.#path)),
      this.#board && show(this.#board, line).catch(failed('what TensorBoard shows')),
    ]);
    return lost.filter((sentence) => typeof sentence === 'string');
  }

  async #showAgain(board: EpochEvents): Promise<void> {
    await board.train.beginAgain();
    await board.validation.beginAgain();
    for (const epoch of this.#kept) await show(board, epoch);
  }
}

/** A line as it is read: what it holds is not known. */
type StoredEpoch = Readonly<Record<string, unknown>>;

/** Drops the epochs after `step`, and a line that a crash cut short; returns those that stay. */
export async function rewindMetrics(path: string, step: number): Promise<readonly StoredEpoch[]> {
  const text = await sizeOfFile(path).then(
    () => readFile(path, 'utf8'),
    () => '',
  );
  const lines = text.split('\n').filter((line) => line !== '');
  const kept = lines.filter((line) => numberIn(parsed(line), 'step') <= step);
  if (kept.length < lines.length) await writeWholeFile(path, kept.map((line) => `${line}\n`).join(''));
  return kept.map(parsed);
}

/** Nothing of a line that is no JSON. */
function parsed(line: string): StoredEpoch {
  try {
    return Object(JSON.parse(line));
  } catch {
    return {};
  }
}

/** Infinite when there is none. */
function numberIn(epoch: StoredEpoch, name: string): number {
  const value = epoch[name];
  return typeof value === 'number' ? value : Number.POSITIVE_INFINITY;
}

/** TensorBoard counts epochs from 0, as Keras does, and has seconds since 1970. */
async function show(board: EpochEvents, line: StoredEpoch): Promise<void> {
  const { epoch, step: _, time, seconds: _seconds, samplesPerSecond, learningRate, ...logs } = line;
  const numbers = (given: StoredEpoch): Logs =>
    Object.fromEntries(
      Object.entries(given).filter((entry): entry is [string, number] => typeof entry[1] === 'number'),
    );
  const more = numbers({ learning_rate: learningRate, samples_per_second: samplesPerSecond });
  const ended = Date.parse(String(time));
  await board.write(Number(epoch) - 1, numbers(logs), more, Number.isNaN(ended) ? undefined : ended / 1000);
}
