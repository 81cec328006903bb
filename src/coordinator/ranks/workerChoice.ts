import type { ResolvedDivision } from './division.js';
import type { Runtime } from './runtime.js';
import { WorkersTuner } from './workersTuner.js';

/** How a trainer's number of workers comes about: asked for, or chosen for a batch size and then tried out. No bit depends on it. */
export class WorkerChoice {
  readonly #choose: ResolvedDivision['choose'];
  readonly #runtime: Runtime;
  /** Rows of the batches that the number was chosen for, 0 before any; null where it is fixed. */
  #chosenFor: number | null;
  #reason: string;

  constructor({ choose, workers, workersReason, beyondQuota }: ResolvedDivision, runtime: Runtime) {
    this.#choose = choose;
    this.#runtime = runtime;
    this.#chosenFor = choose === undefined ? null : 0;
    this.#reason = workersReason;
    if (beyondQuota !== undefined) runtime.tell({ event: 'beyondQuota', workers, quota: beyondQuota });
  }

  /** Why there are as many workers as there are. */
  get reason(): string {
    return this.#runtime.tuner?.reason ?? this.#reason;
  }

  /** Whether a number was asked for. */
  get isFixed(): boolean {
    return this.#chosenFor === null;
  }

  /** Whether no batch has come yet that a number could be chosen for. */
  get isOpen(): boolean {
    return this.#chosenFor === 0;
  }

  /** With `workers: 'auto'`: takes the number that is best for batches of that size. */
  async chooseFor(batchSize: number): Promise<void> {
    if (this.#choose === undefined || this.#chosenFor === null || this.#chosenFor === batchSize) return;
    if (!Number.isSafeInteger(batchSize) || batchSize < 1) return;
    const { workers, most, reason } = this.#choose(batchSize);
    if (workers !== this.#runtime.division.workers) await this.#runtime.resize(workers);
    this.#runtime.tuner = new WorkersTuner(batchSize, workers, most);
    this.#chosenFor = batchSize;
    this.#reason = reason;
  }

  /** Takes a number that is asked for, and keeps it. */
  async fix(workers: number): Promise<void> {
    await this.#runtime.resize(workers);
    this.#runtime.tuner = null;
    this.#chosenFor = null;
    this.#reason = 'it was asked for';
  }
}
