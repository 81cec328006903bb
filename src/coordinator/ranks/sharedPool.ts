import { type PoolOptions, RankPool } from './pool.js';
import { SharedWeights } from './sharedWeights.js';

/**
 * The ranks that one trainer has for itself or several trainers share, with the weights that they have in common. One
 * command is carried out at a time, with its recovery.
 */
export class SharedPool {
  readonly weights = new SharedWeights();
  readonly #options: Omit<PoolOptions, 'workers'>;
  #ranks: RankPool;
  #trainers = 0;
  #open = 0;
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#ranks = new RankPool(options);
  }

  /** Another one after `resize`: whoever was attached to the old one has to be attached again. */
  get ranks(): RankPool {
    return this.#ranks;
  }

  get workers(): number {
    return this.#ranks.workers;
  }

  /** Whether several trainers have these ranks. */
  get isShared(): boolean {
    return this.#open > 1;
  }

  /** Whether somebody's command is being carried out. */
  get isBusy(): boolean {
    return this.#waiting > 0;
  }

  /** A trainer begins to use the ranks; returns its number. */
  join(): number {
    this.#open++;
    return this.#trainers++;
  }

  /** Does the work when all that was asked for before is done. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    try {
      return await done;
    } finally {
      this.#waiting--;
    }
  }

  /** Goes on with another number of ranks; only between two commands, or in the recovery of one. */
  async resize(workers: number): Promise<void> {
    await this.#ranks.close();
    this.#ranks = new RankPool({ ...this.#options, workers });
  }

  /** A trainer ends; with the last one the ranks end. */
  async leave(trainer: number): Promise<void> {
    this.#open--;
    if (this.#open === 0) await this.#ranks.close();
    else this.#ranks.detach(trainer);
  }
}
