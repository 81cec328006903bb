/** Training that is watched before anything is tried: a run that is over sooner gains nothing by it. */
const WATCHED_MS = 1000;

/** Training by which a number of ranks is judged. */
const JUDGED_MS = 250;

/** Steps that take longer are bound by arithmetic, which more ranks share: what is predicted for them holds. */
const LONGEST_STEP_MS = 5;

/** Another number has to save this share of the step: measurements differ by as much. */
const LEAST_GAIN = 0.03;

/**
 * Finds the number of ranks that steps are fastest on while training goes on: it tries half as many and twice as many,
 * and goes on in that direction while it helps. No bit of the result depends on the number, so steps that are tried
 * out count like all others.
 */
export class WorkersTuner {
  /** Rows of the batches that are watched. */
  readonly batchSize: number;
  readonly #first: number;
  readonly #most: number;
  /** Milliseconds a step, by number of ranks. */
  readonly #times = new Map<number, number>();
  #workers: number;
  #best: number;
  #watched = 0;
  #steps = 0;
  #milliseconds = 0;
  /** The ranks have just been changed, so their first steps find cold caches. */
  #fresh = true;
  #settled: boolean;

  /** `workers`: the number that is predicted for batches of `batchSize` rows; at most `most` are tried. */
  constructor(batchSize: number, workers: number, most: number) {
    this.batchSize = batchSize;
    this.#first = workers;
    this.#most = most;
    this.#workers = workers;
    this.#best = workers;
    this.#settled = most === 1;
  }

  /** The number of ranks to go on with. */
  get workers(): number {
    return this.#workers;
  }

  /** Whether nothing more will be tried. */
  get settled(): boolean {
    return this.#settled;
  }

  /** What was measured, in words; null while nothing has been tried. */
  get reason(): string | null {
    if (!this.#settled || this.#times.size < 2) return null;
    const measured = [...this.#times].sort(([a], [b]) => a - b);
    return measured.map(([workers, time]) => `${time.toPrecision(3)} ms a step on ${workers}`).join(', ');
  }

  /** Whether it has settled on another number than was predicted. */
  get changed(): boolean {
    return this.#settled && this.#workers !== this.#first;
  }

  /** `workers` ranks have taken so long for so many steps. */
  observe(workers: number, steps: number, milliseconds: number): void {
    // Somebody else changes the ranks: one is lost, or another number was asked for.
    if (workers !== this.#workers) {
      this.#settled = true;
      this.#workers = workers;
    }
    if (this.#settled || steps === 0) return;
    if (this.#fresh) {
      this.#fresh = false;
      return;
    }
    this.#watched += milliseconds;
    this.#steps += steps;
    this.#milliseconds += milliseconds;
    if (this.#watched < WATCHED_MS || this.#milliseconds < JUDGED_MS) return;
    this.#times.set(workers, this.#milliseconds / this.#steps);
    this.#choose();
  }

  #choose(): void {
    const time = (workers: number): number => this.#times.get(workers) ?? Number.POSITIVE_INFINITY;
    if (time(this.#workers) < time(this.#best) * (1 - LEAST_GAIN)) this.#best = this.#workers;
    const neighbours = [Math.floor(this.#best / 2), Math.min(2 * this.#best, this.#most)];
    const next = neighbours.find((workers) => workers >= 1 && !this.#times.has(workers));
    this.#settled = next === undefined || time(this.#best) > LONGEST_STEP_MS;
    this.#go(this.#settled ? this.#best : (next ?? this.#best));
  }

  #go(workers: number): void {
    this.#fresh = workers !== this.#workers;
    this.#workers = workers;
    this.#steps = 0;
    this.#milliseconds = 0;
  }
}
