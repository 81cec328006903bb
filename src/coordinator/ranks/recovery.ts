import { fault, type LockstepError } from '../../shared/errors.js';
import type { TrainerEvent } from '../options/events.js';
import type { SnapshotSchedule } from '../options/resolve.js';
import { type Command, type Job, type Outcome, stepAfter } from './job.js';
import type { Journal } from './journal.js';
import { spoiltForGood } from './nonFiniteStep.js';
import { RankFailure } from './rankFailure.js';
import type { Ranks } from './ranks.js';
import type { SharedPool } from './sharedPool.js';
import { nextWeights, type WeightsState } from './states.js';

/** What a command is carried out with. */
interface RecoveryParts {
  readonly ranks: Ranks;
  readonly pool: SharedPool;
  readonly journal: Journal;
  readonly interval: SnapshotSchedule;
  /** Recoveries that one call may take; 0 takes no snapshots. */
  readonly maxRestarts: number;
  /** Before a command: throws where nothing can be run any more, and takes what other trainers have changed. */
  readonly prepare: () => void;
  /** Whether commands of a mode change weights, so that a recovery must carry them out again. */
  readonly changes: (mode: Job['mode']) => boolean;
  /** Whether ranks are to end after the step in progress. */
  readonly stops: () => boolean;
  /** After a command that changes weights. */
  readonly trained: (command: Command, done: Outcome & { readonly milliseconds: number }) => void;
  readonly tell: (event: TrainerEvent) => void;
}

/**
 * Carries out commands whatever happens to the ranks: a rank that fails is replaced, the weights go back to the newest
 * snapshot, and the journal's commands are carried out again.
 */
export class Recovery {
  readonly #parts: RecoveryParts;
  #weights: WeightsState = { name: 'whole' };
  #restarts = 0;
  #failedStarts = 0;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
  }

  get weights(): WeightsState {
    return this.#weights;
  }

  /** Recoveries are counted anew. */
  beginCall(): void {
    this.#restarts = 0;
  }

  /** With its recovery, before anything else is done on the ranks. */
  carryOut(command: Command): Promise<Outcome & { readonly failure?: LockstepError }> {
    return this.#parts.pool.exclusively(() => this.#attempt(command));
  }

  async #attempt(command: Command): Promise<Outcome & { readonly failure?: LockstepError }> {
    for (;;) {
      try {
        if (this.#torn) await this.#mend();
        return await this.#execute(command);
      } catch (error) {
        const isFailure = error instanceof RankFailure;
        if (isFailure || this.#weights.name === 'commanded') this.#fail(command);
        if (!isFailure) throw error;
        const failure = await this.#answer(error, command);
        if (failure !== null) return { batches: 0, nonFinite: null, failure };
      }
    }
  }

  async #execute(command: Command): Promise<Outcome & { readonly failure?: LockstepError }> {
    const { ranks, journal, interval, prepare, changes, stops, trained } = this.#parts;
    prepare();
    const { mode, endBatch, firstBatch } = command.job;
    const trains = changes(mode);
    const recording = trains && this.#recovers;
    if (recording && journal.needsSnapshot) await this.#takeSnapshot(command);
    const { isFull, milliseconds } = journal;
    const due = recording && (isFull || interval.isDue(milliseconds, endBatch - firstBatch));
    const place = due ? journal.freePlace : null;
    const { ready } = ranks;
    const began = performance.now();
    this.#become({ name: 'commanded', trains });
    const done = await ranks.run(command, place, stops());
    if (done.nonFinite === 'update') return this.#undo(command, done);
    this.#become({ name: 'whole' });
    this.#failedStarts = 0;
    if (trains) trained(command, done);
    if (recording) {
      const cost = place !== null && ready ? performance.now() - began - done.milliseconds : null;
      interval.observe(done.batches, done.milliseconds, cost);
      this.#record(command, done.batches, done.milliseconds);
      if (place !== null) journal.rebase(place, stepAfter(command.job, done.batches));
    }
    return done;
  }

  /** Brings the weights back to where they were before the step whose update was not finite. */
  async #undo(
    command: Command,
    { batches, nonFinite }: Outcome,
  ): Promise<Outcome & { readonly failure?: LockstepError }> {
    const { ranks } = this.#parts;
    const { batchTotals } = ranks;
    this.#fail(command);
    if (!this.#recovers)
      return { batches, nonFinite: null, failure: this.#lose(spoiltForGood(command.job.firstStep + batches)) };
    await this.#mend();
    ranks.arena.totals.set(command.totals);
    if (batches > 0) {
      const { job } = command;
      await this.#execute({ ...command, job: { ...job, endBatch: job.firstBatch + batches } });
    }
    ranks.batchTotals = batchTotals;
    return { batches, nonFinite };
  }

  #record({ job, ...rest }: Command, batches: number, milliseconds: number): void {
    if (batches === 0) return;
    this.#parts.journal.add({ job: { ...job, endBatch: job.firstBatch + batches }, ...rest }, milliseconds);
  }

  /** A snapshot without a step: of weights that are new, or because the journal cannot be carried out again. */
  async #takeSnapshot(before: Command): Promise<void> {
    const { ranks, journal } = this.#parts;
    const { job } = before;
    const place = journal.freePlace;
    await ranks.run({ ...before, job: { ...job, endBatch: job.firstBatch } }, place, false);
    journal.rebase(place, job.firstStep);
  }

  /** Brings the weights back to where the last finished command left them. */
  async #mend(): Promise<void> {
    const { ranks, journal } = this.#parts;
    const { place, commands } = journal;
    if (place === null) throw new Error('There is no snapshot to mend the weights from.');
    ranks.restore(place);
    for (const command of commands) await ranks.run(command, null, false);
    this.#become({ name: 'whole' });
  }

  /** Decides what a failure means: null to try again, or the error that the call ends with. */
  async #answer(failure: RankFailure, command: Command): Promise<LockstepError | null> {
    if (failure.stuck) return this.#lose(failure.toError('; its thread could not be ended'));
    if (failure.shortage !== null) return this.#takeFewer(failure, command);
    if (failure.blame === 'user' || this.#restarts >= this.#parts.maxRestarts) return this.#giveUp(failure, command);
    this.#restarts++;
    this.#announce(failure);
    this.#failedStarts = failure.phase === 'attach' ? this.#failedStarts + 1 : 0;
    if (this.#failedStarts > 1 && this.#parts.pool.workers > 1)
      await this.#goOnWith(this.#parts.pool.workers - 1, failure);
    return null;
  }

  /** What is lacking now would be lacking at the next try: half as many ranks are tried, and no restart is counted. */
  async #takeFewer(failure: RankFailure, command: Command): Promise<LockstepError | null> {
    const { workers } = this.#parts.pool;
    if (workers === 1 || (this.#torn && !this.#recovers)) return this.#giveUp(failure, command);
    await this.#goOnWith(Math.floor(workers / 2), failure);
    return null;
  }

  #announce({ rank, step, phase, reason }: RankFailure): void {
    const { journal, maxRestarts, tell } = this.#parts;
    const restoredStep = this.#torn ? journal.step : null;
    tell({ event: 'recovery', rank, step, phase, cause: reason, restoredStep, restart: this.#restarts, maxRestarts });
  }

  async #goOnWith(workers: number, { reason }: RankFailure): Promise<void> {
    const { pool, tell } = this.#parts;
    tell({ event: 'fewerWorkers', workers, cause: reason });
    this.#failedStarts = 0;
    await pool.resize(workers);
  }

  /** The call fails, but the weights are mended once more, so that the trainer stands where its counters say. */
  async #giveUp(failure: RankFailure, { totals }: Command): Promise<LockstepError> {
    const after = this.#restarts > 0 ? ` (after ${this.#restarts} restarts)` : '';
    const error = failure.toError(after);
    if (this.#torn && !this.#recovers) return this.#lose(error);
    try {
      if (this.#torn) await this.#mend();
      else this.#become({ name: 'whole' });
      this.#parts.ranks.arena.totals.set(totals);
      return error;
    } catch {
      return this.#lose(error);
    }
  }

  #lose(error: LockstepError): LockstepError {
    const lost = fault(
      'RANKS_LOST',
      `The trainer's weights were lost (${error.message}); resume from a checkpoint.`,
      error,
    );
    this.#become({ name: 'lost', error: lost });
    return error;
  }

  #fail({ totals }: Command): void {
    const torn = this.#torn || (this.#weights.name === 'commanded' && this.#weights.trains);
    this.#become({ name: 'failed', torn, totals });
  }

  get #recovers(): boolean {
    return this.#parts.maxRestarts > 0;
  }

  get #torn(): boolean {
    return this.#weights.name === 'failed' && this.#weights.torn;
  }

  #become(next: WeightsState): void {
    this.#weights = nextWeights(this.#weights, next);
  }
}
