import type { Injection } from '../../src/coordinator/options/resolve.js';
import type { TrainerOptions } from '../../src/coordinator/options/trainerOptions.js';
import { SnapshotInterval } from '../../src/coordinator/ranks/snapshotInterval.js';
import { FaultPlan, injectFaults } from '../../src/shared/protocol/faults.js';
import { Draws } from '../../src/shared/random/rng.js';

/** Options of a trainer whose ranks take faults from `plan`, and whose heaps are soon exhausted. */
export function faultyOptions(
  options: TrainerOptions,
  plan: FaultPlan,
  snapshotInterval?: SnapshotInterval,
): TrainerOptions {
  const injection: Injection = { faults: plan, ...(snapshotInterval !== undefined && { snapshotInterval }) };
  const faulty = { heapLimit: 24, ...options, [injectFaults]: injection };
  return faulty;
}

/** Snapshots at random moments, one to three steps apart or more: a law that holds for every interval needs no clock. */
export class RandomSnapshots extends SnapshotInterval {
  readonly #choose: Choices;

  constructor(choose: Choices) {
    super();
    this.#choose = choose;
  }

  override stepsFrom(): number {
    return 1 + this.#choose.below(3);
  }

  override isDue(): boolean {
    return this.#choose.below(2) === 0;
  }
}

/** Seeded choices, one after another. */
export class Choices {
  readonly #draws: Draws;
  #count = 0;

  constructor(seed: number) {
    this.#draws = new Draws([seed, 0]);
    this.#draws.at('initialize', 102, 0, 0);
  }

  /** A whole number from 0 to `count` − 1. */
  below(count: number): number {
    return this.#draws.word(this.#count++) % count;
  }

  of<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }
}

export { FaultPlan };
