import { control } from './control.js';

/** Thrown in every rank that waits when another rank or the coordinator has set the abort word. */
export class Aborted extends Error {
  override readonly name = 'Aborted';
}

/** How long a sleeping rank goes without looking at the abort word, in milliseconds. */
const SLEEP_MS = 1000;

/**
 * A reusable barrier over the arena's control words.
 *
 * The last rank to arrive resets the count and then advances the generation; the others wait for the generation to
 * change. They spin first, as a futex wake costs far more than a step of a small model, and sleep when it takes long.
 */
export class Barrier {
  readonly #words: Int32Array;
  readonly #parties: number;
  readonly #spins: number;

  /** `words` is the control region, `parties` the number of ranks, `spins` how many looks to take before sleeping. */
  constructor(words: Int32Array, parties: number, spins: number) {
    this.#words = words;
    this.#parties = parties;
    this.#spins = spins;
  }

  /** Returns when all ranks have arrived; throws `Aborted` when the run is being torn down. */
  wait(): void {
    const words = this.#words;
    const generation = Atomics.load(words, control.generation);
    if (Atomics.add(words, control.arrived, 1) === this.#parties - 1) {
      // The reset is ordered before the new generation, so a rank that sees the generation finds the count at zero.
      Atomics.store(words, control.arrived, 0);
      Atomics.add(words, control.generation, 1);
      Atomics.notify(words, control.generation);
    } else {
      this.#awaitChange(generation);
    }
    if (Atomics.load(words, control.abort) !== 0) throw new Aborted('the run was aborted');
  }

  #awaitChange(generation: number): void {
    const words = this.#words;
    for (let look = 0; look < this.#spins; look++) {
      if (Atomics.load(words, control.generation) !== generation) return;
      if (Atomics.load(words, control.abort) !== 0) return;
    }
    while (Atomics.load(words, control.generation) === generation && Atomics.load(words, control.abort) === 0) {
      Atomics.wait(words, control.generation, generation, SLEEP_MS);
    }
  }
}

/**
 * Sets the abort word and wakes every rank that sleeps at the barrier. The generation changes with it, so that a rank
 * which has looked at the abort word and is about to sleep on the generation does not.
 */
export function abortRun(words: Int32Array): void {
  Atomics.store(words, control.abort, 1);
  Atomics.add(words, control.generation, 1);
  Atomics.notify(words, control.generation);
}
