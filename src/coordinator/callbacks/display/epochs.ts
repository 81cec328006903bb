import type { Logs } from '../../compiler/metrics.js';
import { formatLogs, formatSeconds } from './format.js';
import { wrapParts } from './lines.js';

/** Where a fit stands; epochs count from 1. */
interface ProgressPlace {
  readonly epoch: number;
  readonly epochs: number;
  /** Steps of the epoch that are done. */
  readonly batch: number;
  readonly stepsPerEpoch: number;
}

/** Tells the time left from the steps done since the first look, validation included. */
export class Pace {
  readonly #began = performance.now();
  readonly #before: number;

  constructor(first: ProgressPlace) {
    this.#before = stepsDone(first);
  }

  /** Seconds; undefined before a step is done, and where the data do not say how many there are. */
  secondsLeft(now: ProgressPlace): number | undefined {
    if (!Number.isFinite(now.stepsPerEpoch)) return undefined;
    const done = stepsDone(now) - this.#before;
    if (done <= 0) return undefined;
    const left = now.epochs * now.stepsPerEpoch - stepsDone(now);
    return ((performance.now() - this.#began) / 1000 / done) * left;
  }
}

function stepsDone({ epoch, batch, stepsPerEpoch }: ProgressPlace): number {
  return (epoch - 1) * stepsPerEpoch + batch;
}

/** An epoch that is finished. */
interface FinishedEpoch {
  /** Counted from 1. */
  readonly epoch: number;
  readonly epochs: number;
  readonly logs: Logs;
  readonly seconds: number;
}

/** One line an epoch, or as many as the width asks for. */
export function epochText({ epoch, epochs, logs, seconds }: FinishedEpoch, width: number): string {
  const number = String(epoch).padStart(String(epochs).length);
  return wrapParts([`epoch ${number}/${epochs}`, ...formatLogs(logs), formatSeconds(seconds)], width);
}
