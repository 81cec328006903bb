/** Training that is watched before anything is tried: a run that is over sooner gains nothing by it. */
const WATCHED_MS = 1000;

/** Training by which a number of ranks is compared with others. */
const COMPARED_MS = 250;

/** Steps that take longer are bound by arithmetic, which more ranks share: what is predicted for them holds. */
const LONGEST_STEP_MS = 5;

/** Another number has to save this share of the step: measurements differ by as much. */
const LEAST_GAIN = 0.03;

/** Training after which it tries again, as who else uses the machine may have changed: about a percent of it is tried out. */
const TRIED_AGAIN_MS = 20_000;

/**
 * Finds the number of ranks that steps are fastest on while training goes on: it tries half as many and twice as many,
 * goes on in that direction while it helps, and tries again now and then. No bit of the result depends on the number, so
 * steps that are tried out count like all others.
 */
export class WorkersTuner {
  /** Rows of the batches that are watched. */
  readonly batchSize: number;
  readonly #most: number;
  /** Milliseconds a step, by number of ranks: those of this trial. */
  readonly #times = new Map<number, number>();
  #workers: number;
  #best: number;
  #watched = 0;
  #steps = 0;
  #milliseconds = 0;
  /** The ranks have just been changed, so their first steps find cold caches. */
  #fresh = true;
  #phase: 'watching' | 'settled' | 'ended' = 'watching';
  #reason: string | null = null;
  /** The number that was last told. */
  #told: number;

  /** `workers`: the number that is predicted for batches of `batchSize` rows; at most `most` are tried. */
  constructor(batchSize: number, workers: number, most: number) {
    this.batchSize = batchSize;
    this.#most = most;
    this.#workers = workers;
    this.#best = workers;
    this.#told = workers;
    if (most === 1) this.#phase = 'ended';
  }

  /** The number of ranks to go on with. */
  get workers(): number {
    return this.#workers;
  }

  /** Whether nothing is being tried. */
  get settled(): boolean {
    return this.#phase !== 'watching';
  }

  /** What was measured, in words; null while no trial has ended. */
  get reason(): string | null {
    return this.#reason;
  }

  /** The number and the reason, once, when it has settled on another one than before. */
  takeNews(): { readonly workers: number; readonly reason: string } | null {
    if (!this.settled || this.#reason === null || this.#workers === this.#told) return null;
    this.#told = this.#workers;
    return { workers: this.#workers, reason: this.#reason };
  }

  /** `workers` ranks have taken so long for so many steps. */
  observe(workers: number, steps: number, milliseconds: number): void {
    // Somebody else changes the ranks: one is lost, or another number was asked for.
    if (workers !== this.#workers) {
      this.#phase = 'ended';
      this.#workers = workers;
    }
    if (this.#phase === 'ended' || steps === 0) return;
    if (this.#fresh) {
      this.#fresh = false;
      return;
    }
    this.#watched += milliseconds;
    this.#steps += steps;
    this.#milliseconds += milliseconds;
    if (this.#phase === 'settled') this.#rest();
    else if (this.#watched >= WATCHED_MS && this.#milliseconds >= COMPARED_MS) this.#compare();
  }

  #rest(): void {
    if (this.#milliseconds < TRIED_AGAIN_MS) return;
    this.#phase = 'watching';
    this.#times.clear();
    this.#go(this.#workers);
  }

  #compare(): void {
    this.#times.set(this.#workers, this.#milliseconds / this.#steps);
    const time = (workers: number): number => this.#times.get(workers) ?? Number.POSITIVE_INFINITY;
    if (time(this.#workers) < time(this.#best) * (1 - LEAST_GAIN)) this.#best = this.#workers;
    const neighbours = [Math.floor(this.#best / 2), Math.min(2 * this.#best, this.#most)];
    const next = neighbours.find((workers) => workers >= 1 && !this.#times.has(workers));
    if (time(this.#best) > LONGEST_STEP_MS) this.#phase = 'ended';
    else if (next === undefined) this.#phase = 'settled';
    if (this.settled && this.#times.size > 1) this.#reason = this.#measured();
    this.#go(this.settled ? this.#best : (next ?? this.#best));
  }

  #measured(): string {
    const times = [...this.#times].sort(([a], [b]) => a - b);
    return times.map(([workers, time]) => `${time.toPrecision(3)} ms a step on ${workers}`).join(', ');
  }

  #go(workers: number): void {
    this.#fresh = workers !== this.#workers;
    this.#workers = workers;
    this.#steps = 0;
    this.#milliseconds = 0;
  }
}
