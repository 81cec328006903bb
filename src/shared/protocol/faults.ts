import { type Phase, phases } from '../memory/control.js';

/**
 * Fault injection, for the tests of law 3 alone: a plan of faults in shared memory, which ranks look at whenever they
 * leave a phase. A trainer gets it under the key `injectFaults` of its options, which is exported nowhere; without it
 * ranks use a clock that knows nothing of faults.
 */
export const injectFaults = Symbol('injectFaults');

export const faultKinds = ['throw', 'exit', 'terminate', 'exhaustHeap', 'stall'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** What is to happen to `rank` at the end of `phase` of `step`, before the next phase begins. */
export interface Fault {
  readonly kind: FaultKind;
  readonly rank: number;
  /** Update number; any step when absent. */
  readonly step?: number;
  readonly phase: Phase;
  /** How often it happens; default once, so that the replay goes undisturbed. */
  readonly times?: number;
}

const WORDS = 5;
const MOST_FAULTS = 64;
const ANY_STEP = -1;

export class FaultPlan {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(MOST_FAULTS * WORDS * 4)) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  /** Replaces all faults of the plan. */
  arm(faults: readonly Fault[]): void {
    this.#words.fill(0);
    faults.forEach(({ kind, rank, step = ANY_STEP, phase, times = 1 }, i) => {
      this.#words.set([times, faultKinds.indexOf(kind), rank, step, phases.indexOf(phase)], i * WORDS);
    });
  }

  /** Faults that have not happened yet. */
  get pending(): number {
    let pending = 0;
    for (let at = 0; at < this.#words.length; at += WORDS) pending += Math.max(0, Atomics.load(this.#words, at));
    return pending;
  }

  /** The fault that is to happen here, which is then counted as happened; null when none is. */
  take(rank: number, step: number, phase: Phase): FaultKind | null {
    const words = this.#words;
    for (let at = 0; at < words.length; at += WORDS) {
      if (Atomics.load(words, at) <= 0 || words[at + 2] !== rank || words[at + 4] !== phases.indexOf(phase)) continue;
      if (words[at + 3] !== ANY_STEP && words[at + 3] !== step) continue;
      if (Atomics.sub(words, at, 1) > 0) return faultKinds[words[at + 1]];
    }
    return null;
  }
}
