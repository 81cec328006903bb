import type { Logs } from '../../compiler/metrics.js';
import { formatClock, formatLogs, formatRate } from './format.js';
import { truncate } from './lines.js';

/** What the progress line shows; epochs count from 1. */
export interface ProgressView {
  readonly epoch: number;
  readonly epochs: number;
  /** Steps of the epoch that are done. */
  readonly batch: number;
  /** Infinity where the data do not say. */
  readonly stepsPerEpoch: number;
  readonly samplesPerSecond: number;
  readonly logs: Logs;
  /** Seconds until the run ends, when that can be told. */
  readonly secondsLeft?: number;
}

const BAR = { widest: 30, narrowest: 6 };

/**
 * One line of at most `width` columns: `epoch 3/30 [====>     ] 12/45  loss 0.1234  accuracy 0.9712  12.3k samples/s
 * 0:42 left`. What matters least goes first when the terminal is narrow; the bar takes what is left.
 */
export function renderProgress(view: ProgressView, width: number): string {
  const { epoch, epochs, batch, stepsPerEpoch } = view;
  const isOpen = stepsPerEpoch === Number.POSITIVE_INFINITY;
  const steps = isOpen ? `step ${batch}` : `${String(batch).padStart(String(stepsPerEpoch).length)}/${stepsPerEpoch}`;
  const head = [`epoch ${epoch}/${epochs}`, `${epoch}/${epochs}`].find(
    (text) => text.length + steps.length < width / 2,
  );
  if (head === undefined) return truncate(`${epoch}/${epochs} ${steps}`, width);
  const room = width - head.length - steps.length - 2 - (BAR.narrowest + 2);
  const tail = chooseParts(tailParts(view), room);
  if (isOpen) return `${head}  ${steps}${tail}`;
  const bar = renderBar(batch / stepsPerEpoch, Math.min(BAR.widest, BAR.narrowest + room - tail.length));
  return `${head} ${bar} ${steps}${tail}`;
}

/** Part of the tail, in the order shown; `rank` tells which to keep when room is short: the lowest. */
interface Part {
  readonly text: string;
  readonly rank: number;
}

function tailParts({ logs, samplesPerSecond, secondsLeft }: ProgressView): Part[] {
  const values = formatLogs(logs).map((text, i) => ({ text, rank: i === 0 ? 0 : i + 1 }));
  const rate = { text: `${formatRate(samplesPerSecond)} samples/s`, rank: 100 };
  if (secondsLeft === undefined) return [...values, rate];
  return [...values, rate, { text: `${formatClock(secondsLeft)} left`, rank: 1 }];
}

/** The parts that fit, joined; each is preceded by two spaces. */
function chooseParts(parts: readonly Part[], room: number): string {
  const kept = new Set<Part>();
  let used = 0;
  for (const part of parts.toSorted((a, b) => a.rank - b.rank)) {
    if (used + part.text.length + 2 > room) continue;
    kept.add(part);
    used += part.text.length + 2;
  }
  return parts
    .filter((part) => kept.has(part))
    .map(({ text }) => `  ${text}`)
    .join('');
}

/** `[===>   ]` with `length` columns between the brackets. */
function renderBar(share: number, length: number): string {
  const done = Math.round(Math.min(Math.max(share, 0), 1) * length);
  const arrow = done > 0 && done < length ? `${'='.repeat(done - 1)}>` : '='.repeat(done);
  return `[${arrow}${' '.repeat(length - done)}]`;
}
