import { type LockstepError, userError } from '../../shared/errors.js';
import { kernelTable } from '../../shared/kernels/table.js';
import type { Division } from '../../shared/partition/shardPlan.js';
import type { Parameter } from '../../shared/program/parameter.js';
import type { Program } from '../../shared/program/program.js';
import { callGuarded } from '../callbacks/guarded.js';
import { closedDuringCall } from '../callbacks/interruption.js';
import type { Dataset } from '../data/dataset.js';
import type { TrainerEvent } from '../options/events.js';
import type { SnapshotSchedule } from '../options/resolve.js';
import { type Command, type Job, NO_DATA, type Outcome } from './job.js';
import { Journal } from './journal.js';
import { Ranks, type RanksPlan } from './ranks.js';
import { Recovery } from './recovery.js';
import { SharedPool } from './sharedPool.js';
import { SnapshotInterval } from './snapshotInterval.js';
import { type CallState, nextCall } from './states.js';
import { TrainingMemory } from './trainingMemory.js';
import type { WorkersTuner } from './workersTuner.js';

/** What a runtime is made from; fixed for its life but for the number of workers. */
export interface RuntimePlan extends Omit<RanksPlan, 'pool' | 'snapshots'> {
  /** Ranks to start; those of `pool` are taken instead where it is given. */
  readonly workers: number;
  /** The ranks and weights of another trainer, to be shared with it. */
  readonly pool?: SharedPool;
  /** Recoveries that one call may take; 0 takes no snapshots. */
  readonly maxRestarts: number;
  /** Seconds. */
  readonly stallLimit: number;
  /** MiB. */
  readonly heapLimit?: number;
  readonly onEvent: (event: TrainerEvent) => void;
  readonly snapshotInterval?: SnapshotSchedule;
}

/** A job that does nothing but what comes after its batches. */
const NO_STEP: Job = {
  mode: 'evaluate',
  dataset: NO_DATA,
  order: null,
  batchSize: 1,
  firstBatch: 0,
  endBatch: 0,
  firstStep: 0,
};

/** All of one trainer that is shared memory or a thread: its jobs, cut into commands, pass here on their way to the ranks. */
export class Runtime {
  readonly #plan: RuntimePlan;
  readonly #pool: SharedPool;
  readonly #ranks: Ranks;
  readonly #journal = new Journal();
  readonly #interval: SnapshotSchedule;
  readonly #recovery: Recovery;
  /** The weights that a pass in training mode moves by itself: moving averages. */
  readonly #moving: readonly Parameter[];
  /** The weights and the optimizer's vectors. */
  readonly memory: TrainingMemory;
  /** Tries other numbers of ranks; null where the number is fixed. */
  tuner: WorkersTuner | null = null;
  /** The base rate of the steps to come. */
  learningRate: number;
  #call: CallState = 'idle';
  #mode: Job['mode'] | null = null;

  constructor(plan: RuntimePlan) {
    const { maxRestarts, stallLimit, heapLimit, workers, pool, snapshotInterval, onEvent: _, ...rest } = plan;
    this.#plan = plan;
    this.#interval = snapshotInterval ?? new SnapshotInterval();
    this.learningRate = plan.optimizer.learningRate;
    const onSlow = (slowness: object): void => this.tell({ event: 'slowRank', ...slowness } as TrainerEvent);
    this.#pool = pool ?? new SharedPool({ workers, stallLimit, onSlow, ...(heapLimit !== undefined && { heapLimit }) });
    this.#ranks = new Ranks({ ...rest, snapshots: maxRestarts > 0, pool: this.#pool });
    this.#moving = movedByPasses(plan.program);
    const parts = { ranks: this.#ranks, pool: this.#pool, journal: this.#journal };
    this.memory = new TrainingMemory({
      ...parts,
      plan,
      requireUsable: () => this.#requireUsable(),
      requireNotLost: () => this.#requireNotLost(),
    });
    this.#recovery = new Recovery({
      ...parts,
      interval: this.#interval,
      maxRestarts,
      prepare: () => {
        this.#requireUsable();
        this.memory.refresh();
      },
      changes: (mode) => this.#changes(mode),
      stops: () => this.#call === 'stopping' || this.#call === 'closed',
      trained: (command, done) => this.#noteTraining(command, done),
      tell: (event) => this.tell(event),
    });
  }

  /** The ranks, for another trainer to share them. */
  get pool(): SharedPool {
    return this.#pool;
  }

  get division(): Division {
    return this.#ranks.division;
  }

  /** Loss and metric totals of the epoch so far: rows, then one sum each. Those before a recovery, while it lasts. */
  get totals(): readonly number[] {
    const { weights } = this.#recovery;
    if (weights.name === 'failed') return weights.totals;
    return [...this.#ranks.arena.totals.subarray(0, this.#plan.program.totalCount)];
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

  /** The caller's next call begins: recoveries are counted anew, and data lent to the last one may have changed. */
  beginCall(): void {
    this.#requireUsable();
    this.#recovery.beginCall();
    this.#journal.endCall();
  }

  /**
   * Runs a job on all ranks, whatever happens to them. The weights are always those after the batches of the outcome;
   * when a fault is beyond recovery that is fewer than asked for, and `failure` says why.
   */
  async run(job: Job): Promise<Outcome & { readonly failure?: LockstepError }> {
    this.requireIdle();
    this.#call = nextCall(this.#call, 'running');
    this.#mode = job.mode;
    try {
      return await this.#runParts(job);
    } finally {
      this.#mode = null;
      if (!this.#isClosed()) this.#call = nextCall(this.#call, 'idle');
    }
  }

  async #runParts(job: Job): Promise<Outcome & { readonly failure?: LockstepError }> {
    let batch = job.firstBatch;
    for (;;) {
      if (job.mode === 'train') await this.#followTuner();
      const part = this.#nextPart(job, batch);
      const { batches, nonFinite, failure } = await this.#recovery.carryOut(part);
      batch += batches;
      const ended = nonFinite || failure !== undefined || this.#call !== 'running' || batch >= job.endBatch;
      if (ended) return { batches: batch - job.firstBatch, nonFinite, ...(failure !== undefined && { failure }) };
    }
  }

  /** Whether ranks are training at this moment. */
  get isTraining(): boolean {
    return this.#mode === 'train';
  }

  /** Whether a recovery may train on a dataset again. */
  holds(dataset: Dataset): boolean {
    return this.#journal.commands.some(({ job }) => job.dataset === dataset);
  }

  /** Copies the training state as it is between two steps; each rank copies its share. */
  async copyState(memory: SharedArrayBuffer): Promise<void> {
    this.requireIdle();
    const command = { job: { ...NO_STEP, copy: memory }, totals: this.totals, learningRate: this.learningRate };
    const { failure } = await this.#recovery.carryOut(command);
    if (failure !== undefined) throw failure;
  }

  /** Asks the ranks to end after the step in progress; without a job in progress it does nothing. */
  requestStop(): void {
    if (this.#call === 'running') this.#call = nextCall(this.#call, 'stopping');
    if (this.#recovery.weights.name === 'commanded') this.#ranks.requestStop();
  }

  /** Goes on with another number of ranks; nothing but speed changes. */
  async resize(workers: number): Promise<void> {
    await this.#pool.exclusively(() => this.#pool.resize(workers));
  }

  /** Ends the ranks; a run in progress ends after its step, with `CLOSED`. */
  async close(): Promise<void> {
    this.requestStop();
    if (!this.#isClosed()) this.#call = nextCall(this.#call, 'closed');
    await this.#pool.exclusively(async () => {
      this.#pool.weights.leave(this.memory.holder, this.#recovery.weights.name !== 'lost');
    });
    await this.#ranks.close();
  }

  /** Takes as many ranks as the tuner asks for. */
  async #followTuner(): Promise<void> {
    const { tuner } = this;
    if (tuner === null || tuner.workers === this.division.workers || this.#pool.isShared) return;
    // Nobody would end new ranks of a trainer that was closed meanwhile.
    if (this.#isClosed()) return;
    await this.resize(tuner.workers);
    const news = tuner.takeNews();
    if (news !== null) this.tell({ event: 'workersTuned', ...news });
  }

  /** Training is cut where a snapshot is due; the other modes change nothing and are repeated whole. */
  #nextPart(job: Job, firstBatch: number): Command {
    const most = job.endBatch - firstBatch;
    const steps =
      this.#changes(job.mode) && this.#plan.maxRestarts > 0
        ? Math.min(most, this.#interval.stepsFrom(this.#journal.milliseconds, job.batchSize))
        : most;
    const firstStep = job.firstStep + firstBatch - job.firstBatch;
    const part = { ...job, firstBatch, endBatch: firstBatch + steps, firstStep };
    return { job: part, totals: this.totals, learningRate: this.learningRate };
  }

  #noteTraining({ job }: Command, { batches, milliseconds }: Outcome & { readonly milliseconds: number }): void {
    const trained = job.mode === 'gradients' ? [] : this.#plan.program.parameters;
    this.#pool.weights.changed(this.memory.holder, [...trained, ...this.#moving]);
    if (job.mode !== 'train' || job.batchSize !== this.tuner?.batchSize) return;
    this.tuner.observe(this.division.workers, batches, milliseconds);
  }

  /** Gradients are formed by a pass in training mode, which moves averages. */
  #changes(mode: Job['mode']): boolean {
    return mode === 'train' || mode === 'apply' || (mode === 'gradients' && this.#moving.length > 0);
  }

  #isClosed(): boolean {
    return this.#call === 'closed';
  }

  #requireNotLost(): void {
    const { weights } = this.#recovery;
    if (weights.name === 'lost') throw weights.error;
  }

  /** Throws `BUSY` while ranks work, or the reason why they never will again. */
  requireIdle(): void {
    this.#requireUsable();
    if (this.#call === 'idle') return;
    throw userError(
      'BUSY',
      'The trainer is in the middle of a call; await it, or await checkpoint, predict and evaluate of the fit that a callback gets within its hooks.',
    );
  }

  #requireUsable(): void {
    this.#requireNotLost();
    if (!this.#isClosed()) return;
    throw closedDuringCall();
  }

  /** Tells the listener; one that throws must not end a recovery. */
  tell(event: TrainerEvent): void {
    callGuarded(
      () => this.#plan.onEvent(event),
      (error) => process.emitWarning(error instanceof Error ? error : String(error)),
    );
  }
}

/** Weights that a step's averages move. */
function movedByPasses({ states, stages, network }: Program): Parameter[] {
  const moved = new Set(network?.moving.map(({ parameter }) => parameter.offset));
  for (const { kernel, args } of stages.averages.flat()) {
    const kinds: Readonly<Record<string, string>> = kernelTable[kernel].arguments;
    for (const [name, value] of Object.entries(args)) if (kinds[name].startsWith('parameter')) moved.add(value);
  }
  return states.filter(({ offset }) => moved.has(offset));
}
