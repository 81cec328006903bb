/** A snapshot and the pause around it may cost this share of the training time. */
const SHARE = 0.01;

/** Snapshots are never closer than this, in milliseconds: what a recovery computes again takes no longer either. */
const LEAST_INTERVAL_MS = 250;

/** Until a step's time is known, a command takes this many times the steps of the one before. */
const GROWTH = 8;

/** Weight of the newest measurement in the running means. */
const WEIGHT = 0.3;

/**
 * How many steps to run before the next snapshot: as many as make the measured cost of a snapshot one percent of their
 * time. It decides when to copy, never what is computed, so it may follow the clock.
 */
export class SnapshotInterval {
  #cost = 0;
  #stepMs = 0;
  #most = 1;
  #batchSize = 0;

  /** Milliseconds of training between two snapshots. */
  get interval(): number {
    return Math.max(LEAST_INTERVAL_MS, this.#cost / SHARE);
  }

  /** Steps for the next command, when the newest snapshot is `elapsed` milliseconds of training old. */
  stepsFrom(elapsed: number, batchSize: number): number {
    if (batchSize !== this.#batchSize) this.#forget(batchSize);
    if (this.#stepMs === 0) return 1;
    const steps = Math.ceil((this.interval - elapsed) / this.#stepMs);
    return Math.max(1, Math.min(steps, this.#most));
  }

  /** Whether a snapshot is due after `steps` more steps. */
  isDue(elapsed: number, steps: number): boolean {
    return elapsed + steps * this.#stepMs >= this.interval;
  }

  /** Takes note of a command: its steps, their time, and what it took beyond that when it ended in a snapshot. */
  observe(steps: number, milliseconds: number, snapshotCost: number | null): void {
    if (steps > 0) {
      this.#stepMs = mean(this.#stepMs, milliseconds / steps);
      this.#most = Math.max(this.#most, steps * GROWTH);
    }
    if (snapshotCost !== null) this.#cost = mean(this.#cost, snapshotCost);
  }

  /** Steps of another batch size take another time. */
  #forget(batchSize: number): void {
    this.#batchSize = batchSize;
    this.#stepMs = 0;
    this.#most = 1;
  }
}

function mean(before: number, now: number): number {
  return before === 0 ? now : (1 - WEIGHT) * before + WEIGHT * now;
}
