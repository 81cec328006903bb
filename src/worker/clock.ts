import { performance } from 'node:perf_hooks';
import { type Phase, phases, status } from '../shared/memory/control.js';

const phaseNumber = Object.fromEntries(phases.map((phase, number) => [phase, number])) as Record<Phase, number>;

/** Keeps a rank's status line and, when profiling, its clocks. */
export class Clock {
  readonly #status: Int32Array;
  readonly #clocks: Float64Array | null;
  /** The coordinator writes the phase of a rank that it attaches into the status line; the clocks go by this one. */
  #phase: number;
  #entered = performance.now();

  /** `clocks` holds milliseconds by phase; null switches time-keeping off. */
  constructor(statusLine: Int32Array, clocks: Float64Array | null) {
    this.#status = statusLine;
    this.#phase = statusLine[status.phase];
    this.#clocks = clocks;
  }

  /** From here on the rank is in `phase`. */
  enter(phase: Phase): void {
    if (this.#clocks !== null) {
      const now = performance.now();
      this.#clocks[this.#phase] += now - this.#entered;
      this.#entered = now;
    }
    this.#phase = phaseNumber[phase];
    this.#status[status.phase] = this.#phase;
    this.#status[status.beats]++;
  }

  /** The step that error reports name. */
  set step(step: number) {
    this.#status[status.step] = step;
  }

  get step(): number {
    return this.#status[status.step];
  }

  get phase(): Phase {
    return phases[this.#phase];
  }
}
