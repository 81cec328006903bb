import { appendFile, readFile } from 'node:fs/promises';
import type { Logs } from '../coordinator/compiler/metrics.js';
import { sizeOfFile } from '../shared/files.js';
import { writeWholeFile } from '../shared/writing/wholeFile.js';

/** A line of metrics.jsonl: an epoch that is finished. */
export interface EpochRecord {
  /** Counted from 1. */
  readonly epoch: number;
  /** Updates applied at its end. */
  readonly step: number;
  readonly seconds: number;
  readonly samplesPerSecond: number;
  readonly learningRate: number;
  /** Loss and metrics by name, with `val_` forms. */
  readonly logs: Logs;
}

/** Appends one epoch. */
export async function appendEpoch(path: string, { logs, ...record }: EpochRecord): Promise<void> {
  await appendFile(path, `${JSON.stringify({ ...record, ...logs })}\n`);
}

/**
 * Drops the epochs after `step`, which a resumed run trains again, and a line that a crash cut short; returns the lowest
 * value of `monitor` in those that stay.
 */
export async function rewindMetrics(path: string, step: number, monitor: string): Promise<number> {
  const text = await sizeOfFile(path).then(
    () => readFile(path, 'utf8'),
    () => '',
  );
  const lines = text.split('\n').filter((line) => line !== '');
  const kept = lines.filter((line) => numberIn(line, 'step') <= step);
  if (kept.length < lines.length) await writeWholeFile(path, kept.map((line) => `${line}\n`).join(''));
  return Math.min(...kept.map((line) => numberIn(line, monitor)));
}

/** A number of one line; infinite when there is none. */
function numberIn(line: string, name: string): number {
  try {
    const value: unknown = JSON.parse(line)[name];
    return typeof value === 'number' ? value : Number.POSITIVE_INFINITY;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
