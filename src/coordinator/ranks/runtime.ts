import { fault, type LockstepError, userError } from '../../shared/errors.js';
import { kernelTable } from '../../shared/kernels/table.js';
import { momentsStart, stateBytes } from '../../shared/memory/snapshot.js';
import { momentNames } from '../../shared/optimizers/updateRules.js';
import type { Division } from '../../shared/partition/shardPlan.js';
import type { Parameter, Program } from '../../shared/program/program.js';
import type { Dataset } from '../data/dataset.js';
import { callGuarded } from '../guarded.js';
import { closedDuringCall } from '../interruption.js';
import type { TrainerEvent } from '../options/events.js';
import type { Command, Job, Outcome } from './job.js';
import { Journal } from './journal.js';
import { RankFailure } from './rankFailure.js';
import { Ranks, type RanksPlan } from './ranks.js';
import { SharedPool } from './sharedPool.js';
import type { WeightHolder } from './sharedWeights.js';
import { Cadence } from './snapshotInterval.js';
import type { WorkersTuner } from './workersTuner.js';

/** What a runtime is made from; fixed for its life but for the number of workers. */
export interface RuntimePlan extends Omit<RanksPlan, 'pool' | 'snapshots'> {
  /** Ranks to start; those of `pool` are taken instead where it is given. */
  readonly workers: number;
  /** The ranks and weights of another trainer, to be shared with it. */
  readonly pool?: SharedPool;
  /** Recoveries that one call may take; 0 takes no snapshots. */
  readonly maxRestarts: number;
  readonly stallLimit: number;
  readonly heapLimit?: number;
  readonly onEvent: (event: TrainerEvent) => void;
  readonly cadence?: Cadence;
}

/** A job that does nothing but what comes after its batches. */
const NO_STEP: Job = {
  mode: 'evaluate',
  dataset: { rows: 1, inputs: [], targets: [], weights: [] },
  order: null,
  batchSize: 1,
  firstBatch: 0,
  endBatch: 0,
  firstStep: 0,
};

/**
 * All of one trainer that is shared memory or a thread, and the recovery from faults in it: a rank that fails is
 * replaced, the weights go back to the newest snapshot, and the journal's commands are carried out again.
 */
export class Runtime {
  readonly #plan: RuntimePlan;
  readonly #pool: SharedPool;
  readonly #ranks: Ranks;
  readonly #holder: WeightHolder;
  /** What training changes. */
  readonly #changing: readonly Parameter[];
  readonly #journal = new Journal();
  readonly #cadence: Cadence;
  /** Tries other numbers of ranks; null where the number is fixed. */
  tuner: WorkersTuner | null = null;
  #learningRate: number;
  /** A training command is being carried out, or failed half-way: the weights are between two steps' values. */
  #torn = false;
  /** A command that answers to `requestStop` is being carried out. */
  #live = false;
  #stopRequested = false;
  /** A job is being run, so the weights may be changing. */
  #running = false;
  /** Totals to show while a recovery overwrites those in the arena. */
  #shown: readonly number[] | null = null;
  #restarts = 0;
  #failedStarts = 0;
  /** Why nothing can be run any more. */
  #broken: LockstepError | null = null;
  /** Whether the weights are lost, so that nobody may read them. */
  #lost = false;

  constructor(plan: RuntimePlan) {
    const { maxRestarts, stallLimit, heapLimit, onEvent, cadence = new Cadence(), workers, pool, ...rest } = plan;
    this.#plan = plan;
    this.#cadence = cadence;
    this.#learningRate = plan.optimizer.learningRate;
    const onSlow = (slowness: object): void => this.tell({ event: 'slowRank', ...slowness } as TrainerEvent);
    this.#pool = pool ?? new SharedPool({ workers, stallLimit, onSlow, ...(heapLimit !== undefined && { heapLimit }) });
    this.#ranks = new Ranks({ ...rest, snapshots: maxRestarts > 0, pool: this.#pool });
    this.#changing = changedByTraining(plan.program);
    this.#holder = {
      parameters: [...plan.program.parameters, ...plan.program.states],
      read: (parameter) => this.#read(parameter),
      write: (parameter, values) => this.#write(parameter, values),
    };
    this.#pool.weights.join(this.#holder);
  }

  /** The ranks, for another trainer to share them. */
  get pool(): SharedPool {
    return this.#pool;
  }

  get division(): Division {
    return this.#ranks.division;
  }

  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    this.#learningRate = value;
  }

  /** Loss and metric totals of the epoch so far: rows, then one sum each. */
  get totals(): readonly number[] {
    return this.#shown ?? [...this.#ranks.arena.totals.subarray(0, this.#plan.program.totalCount)];
  }

  set totals(values: readonly number[]) {
    this.#ranks.arena.totals.set(values);
  }

  /** The same of the last batch alone. */
  get lastBatch(): number[] {
    const count = this.#plan.program.totalCount;
    return [...this.#ranks.arena.totals.subarray(count, 2 * count)];
  }

  get clocks(): Record<string, number>[] {
    return this.#ranks.clocks;
  }

  /** A parameter's values; a view that the next update changes, for reading alone. */
  weight(parameter: Parameter): Float32Array {
    this.#requireWhole();
    if (!this.#pool.isBusy) this.#refresh();
    return this.#read(parameter);
  }

  /** One optimizer vector of a parameter: a view, as `weight`. */
  moment(parameter: Parameter, index: number): Float32Array {
    this.#requireWhole();
    const from = index * this.#plan.program.parameterLength + parameter.offset;
    return this.#ranks.arena.moments.subarray(from, from + parameter.size);
  }

  setWeight(parameter: Parameter, values: Float32Array): void {
    this.#requireWhole();
    this.#write(parameter, values);
    this.#pool.weights.changed(this.#holder, [parameter]);
  }

  setMoment(parameter: Parameter, index: number, values: Float32Array): void {
    this.moment(parameter, index).set(values);
    this.#journal.clear();
  }

  get momentNames(): readonly string[] {
    return momentNames(this.#plan.optimizer);
  }

  /** The caller's next call begins: recoveries are counted anew, and data lent to the last one may have changed. */
  beginCall(): void {
    this.#requireWhole();
    this.#restarts = 0;
    this.#journal.endCall();
  }

  /**
   * Runs a job on all ranks, whatever happens to them. The weights are always those after the batches of the outcome;
   * when a fault is beyond recovery that is fewer than asked for, and `failure` says why.
   */
  async run(job: Job): Promise<Outcome & { readonly failure?: LockstepError }> {
    this.#requireWhole();
    this.#running = true;
    try {
      return await this.#runParts(job);
    } finally {
      this.#running = false;
    }
  }

  async #runParts(job: Job): Promise<Outcome & { readonly failure?: LockstepError }> {
    this.#stopRequested = false;
    let batch = job.firstBatch;
    for (;;) {
      if (job.mode === 'train') await this.#followTuner();
      const part = this.#nextPart(job, batch);
      const { batches, nonFinite, failure } = await this.#carryOut(part);
      batch += batches;
      const ended = nonFinite || failure !== undefined || this.#stopRequested || batch >= job.endBatch;
      if (ended) return { batches: batch - job.firstBatch, nonFinite, ...(failure !== undefined && { failure }) };
    }
  }

  /** Whether a recovery may train on a dataset again. */
  holds(dataset: Dataset): boolean {
    return this.#journal.commands.some(({ job }) => job.dataset === dataset);
  }

  /** Takes as many ranks as the tuner asks for. */
  async #followTuner(): Promise<void> {
    const { tuner } = this;
    if (tuner === null || tuner.workers === this.division.workers || this.#pool.isShared) return;
    // Closed meanwhile: nobody would end new ranks.
    if (this.#broken !== null) return;
    await this.resize(tuner.workers);
    const news = tuner.takeNews();
    if (news !== null) this.tell({ event: 'workersTuned', ...news });
  }

  /** Bytes that a copy of the training state takes. */
  get stateBytes(): number {
    return stateBytes(this.#ranks.arena);
  }

  /** Where such a copy holds a parameter: the values, then one place for each optimizer vector; offsets in bytes. */
  placesOf({ offset }: Parameter): { readonly weight: number; readonly moments: readonly number[] } {
    const first = momentsStart(this.#ranks.arena);
    const at = (index: number): number => first + (index * this.#plan.program.parameterLength + offset) * 4;
    return { weight: offset * 4, moments: this.momentNames.map((_, index) => at(index)) };
  }

  /** Copies the training state as it is between two steps; each rank copies its share. */
  async copyState(memory: SharedArrayBuffer): Promise<void> {
    this.#requireWhole();
    if (this.#running) {
      throw userError(
        'BUSY',
        'The trainer is in the middle of a call; ask for checkpoints from a callback (fit.checkpoint), or await the call.',
      );
    }
    const command = { job: { ...NO_STEP, copy: memory }, totals: this.totals, learningRate: this.#learningRate };
    const { failure } = await this.#carryOut(command);
    if (failure !== undefined) throw failure;
  }

  /** Asks the ranks to end after the step in progress. */
  requestStop(): void {
    this.#stopRequested = true;
    if (this.#live) this.#ranks.requestStop();
  }

  /** Goes on with another number of ranks; nothing but speed changes. */
  async resize(workers: number): Promise<void> {
    await this.#pool.exclusively(() => this.#pool.resize(workers));
  }

  /** Ends the ranks; a run in progress ends after its step, with `CLOSED`. */
  async close(): Promise<void> {
    this.#broken ??= closedDuringCall();
    this.requestStop();
    await this.#pool.exclusively(async () => this.#pool.weights.leave(this.#holder, !this.#lost));
    await this.#ranks.close();
  }

  /** Training is cut where a snapshot is due; the other modes change nothing and are repeated whole. */
  #nextPart(job: Job, firstBatch: number): Command {
    const most = job.endBatch - firstBatch;
    const steps =
      job.mode === 'train' && this.#recovers
        ? Math.min(most, this.#cadence.stepsFrom(this.#journal.milliseconds, job.batchSize))
        : most;
    const firstStep = job.firstStep + firstBatch - job.firstBatch;
    const part = { ...job, firstBatch, endBatch: firstBatch + steps, firstStep };
    return { job: part, totals: this.totals, learningRate: this.#learningRate };
  }

  get #recovers(): boolean {
    return this.#plan.maxRestarts > 0;
  }

  /** With its recovery, before anything else is done on the ranks. */
  #carryOut(command: Command): Promise<Outcome & { readonly failure?: LockstepError }> {
    return this.#pool.exclusively(() => this.#attempt(command));
  }

  async #attempt(command: Command): Promise<Outcome & { readonly failure?: LockstepError }> {
    for (;;) {
      try {
        if (this.#torn) await this.#mend();
        return await this.#execute(command);
      } catch (error) {
        if (!(error instanceof RankFailure)) throw error;
        const failure = await this.#meet(error, command);
        if (failure !== null) return { batches: 0, nonFinite: false, failure };
      } finally {
        this.#shown = null;
      }
    }
  }

  async #execute(command: Command): Promise<Outcome> {
    this.#requireWhole();
    this.#refresh();
    const training = command.job.mode === 'train';
    const recording = training && this.#recovers;
    if (recording && this.#journal.needsSnapshot) await this.#takeSnapshot(command);
    const { endBatch, firstBatch } = command.job;
    const { isFull, milliseconds } = this.#journal;
    const due = recording && (isFull || this.#cadence.isDue(milliseconds, endBatch - firstBatch));
    const place = due ? this.#journal.freePlace : null;
    const { ready } = this.#ranks;
    const began = performance.now();
    this.#torn = training;
    this.#live = true;
    const done = await this.#ranks.run(command, place, this.#stopRequested).finally(() => {
      this.#live = false;
    });
    this.#torn = false;
    this.#failedStarts = 0;
    if (training) {
      this.#pool.weights.changed(this.#holder, this.#changing);
      if (command.job.batchSize === this.tuner?.batchSize)
        this.tuner.observe(this.division.workers, done.batches, done.milliseconds);
    }
    if (recording) {
      const cost = place !== null && ready ? performance.now() - began - done.milliseconds : null;
      this.#cadence.observe(done.batches, done.milliseconds, cost);
      this.#record(command, done.batches, done.milliseconds);
      if (place !== null) this.#journal.rebase(place, command.job.firstStep + done.batches);
    }
    return done;
  }

  #record({ job, ...rest }: Command, batches: number, milliseconds: number): void {
    if (batches === 0) return;
    this.#journal.add({ job: { ...job, endBatch: job.firstBatch + batches }, ...rest }, milliseconds);
  }

  /** A snapshot without a step: of weights that are new, or because the journal cannot be carried out again. */
  async #takeSnapshot(before: Command): Promise<void> {
    const { job } = before;
    const place = this.#journal.freePlace;
    await this.#ranks.run({ ...before, job: { ...job, endBatch: job.firstBatch } }, place, false);
    this.#journal.rebase(place, job.firstStep);
  }

  /** Brings the weights back to where the last finished command left them. */
  async #mend(): Promise<void> {
    const { place, commands } = this.#journal;
    if (place === null) throw new Error('There is no snapshot to mend the weights from.');
    this.#ranks.restore(place);
    for (const command of commands) await this.#ranks.run(command, null, false);
    this.#torn = false;
  }

  /** Decides what a failure means: null to try again, or the error that the call ends with. */
  async #meet(failure: RankFailure, command: Command): Promise<LockstepError | null> {
    this.#shown = command.totals;
    if (failure.stuck) return this.#break(failure.toError('; its thread could not be ended'));
    if (failure.blame === 'user' || this.#restarts >= this.#plan.maxRestarts) return this.#giveUp(failure, command);
    this.#restarts++;
    this.#announce(failure);
    this.#failedStarts = failure.phase === 'attach' ? this.#failedStarts + 1 : 0;
    if (this.#failedStarts > 1 && this.division.workers > 1) await this.#dropWorker(failure);
    return null;
  }

  #announce({ rank, step, phase, reason }: RankFailure): void {
    this.tell({
      event: 'recovery',
      rank,
      step,
      phase,
      cause: reason,
      restoredStep: this.#torn ? this.#journal.step : null,
      restart: this.#restarts,
      maxRestarts: this.#plan.maxRestarts,
    });
  }

  async #dropWorker({ reason }: RankFailure): Promise<void> {
    const workers = this.division.workers - 1;
    this.tell({ event: 'fewerWorkers', workers, cause: reason });
    this.#failedStarts = 0;
    await this.#pool.resize(workers);
  }

  /** The call fails, but the weights are mended once more, so that the trainer stands where its counters say. */
  async #giveUp(failure: RankFailure, { totals }: Command): Promise<LockstepError> {
    const after = this.#restarts > 0 ? ` (after ${this.#restarts} restarts)` : '';
    const error = failure.toError(after);
    if (this.#torn && !this.#recovers) return this.#break(error);
    try {
      if (this.#torn) await this.#mend();
      this.#ranks.arena.totals.set(totals);
      return error;
    } catch {
      return this.#break(error);
    }
  }

  #break(error: LockstepError): LockstepError {
    this.#lost = true;
    this.#broken = fault(
      'RANKS_LOST',
      `The trainer's weights were lost when a rank failed (${error.message}); resume from a checkpoint.`,
      error,
    );
    return error;
  }

  /** Takes what other trainers have changed; what was done before that cannot be done again. */
  #refresh(): void {
    if (this.#pool.weights.refresh(this.#holder)) this.#journal.clear();
  }

  #read({ offset, size }: Parameter): Float32Array {
    if (this.#lost) this.#requireWhole();
    return this.#ranks.arena.parameters.subarray(offset, offset + size);
  }

  #write(parameter: Parameter, values: Float32Array): void {
    this.#read(parameter).set(values);
    for (const { from, to } of this.#plan.program.copies) {
      if (from === parameter.offset) this.#ranks.arena.parameters.set(values, to);
    }
    this.#journal.clear();
  }

  #requireWhole(): void {
    if (this.#broken !== null) throw this.#broken;
  }

  /** Tells the listener; one that throws must not end a recovery. */
  tell(event: TrainerEvent): void {
    callGuarded(
      () => this.#plan.onEvent(event),
      (error) => process.emitWarning(error instanceof Error ? error : String(error)),
    );
  }
}

/** Trained weights, and those that a step's averages move. */
function changedByTraining({ parameters, states, stages }: Program): Parameter[] {
  const moved = new Set<number>();
  for (const { kernel, args } of stages.averages.flat()) {
    const kinds: Readonly<Record<string, string>> = kernelTable[kernel].arguments;
    for (const [name, value] of Object.entries(args)) if (kinds[name].startsWith('parameter')) moved.add(value);
  }
  return [...parameters, ...states.filter(({ offset }) => moved.has(offset))];
}
