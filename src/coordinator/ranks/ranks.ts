import { alignedSharedMemory, discardMemory } from '../../shared/memory/alignedMemory.js';
import { Arena, type ArenaLayout, type RegionName } from '../../shared/memory/arena.js';
import { beyondMemory, isAllocationFailure, mostMemory } from '../../shared/memory/beyondMemory.js';
import { control, phases } from '../../shared/memory/control.js';
import { restoreSnapshot, snapshotBytes } from '../../shared/memory/snapshot.js';
import type { OptimizerSpec } from '../../shared/optimizers/optimizers.js';
import type { Division } from '../../shared/partition/shardPlan.js';
import type { PlacedProgram, Program } from '../../shared/program/program.js';
import type { Done, EngineName, Run, RunMode, SnapshotPlace } from '../../shared/protocol/messages.js';
import type { Seed } from '../../shared/random/rng.js';
import { nativeFootprint } from '../compiler/footprint.js';
import { type Placement, place } from '../compiler/plan/layout.js';
import type { CalledFunctions } from '../tracing/called.js';
import { callMeasures } from './calledMeasures.js';
import { betweenHalves, runInHalves } from './halves.js';
import type { Command, Job } from './job.js';
import type { RankPool } from './pool.js';
import type { SharedPool } from './sharedPool.js';
import { prepareTensorflow } from './tensorflow.js';

/** What ranks are made from; fixed for their life but for the number of workers. */
export interface RanksPlan {
  readonly program: Program;
  readonly optimizer: OptimizerSpec;
  readonly shards: number;
  readonly engine: EngineName;
  readonly seed: Seed;
  readonly profile: boolean;
  /** Losses and metrics that are called on this thread, by their names in the program. */
  readonly functions: CalledFunctions;
  /** The ranks, which other trainers may share. */
  readonly pool: SharedPool;
  /** Whether to keep memory for snapshots. */
  readonly snapshots: boolean;
  /** The memory of a `FaultPlan`; in tests alone. */
  readonly faults?: SharedArrayBuffer;
}

/** What has losses and metrics. */
const MEASURED: readonly RunMode[] = ['train', 'gradients', 'evaluate'];

/** The arena and the ranks attached to it. */
export class Ranks {
  readonly #plan: RanksPlan;
  /** The trainer's number among those that share the ranks. */
  readonly #trainer: number;
  /** The ranks that the arena is attached to. */
  #attached: RankPool | null = null;
  #arena: Arena;
  /** The program that is attached: another one where a model leaves lengths open and they change. */
  #program: Program;
  /** The same with its places in the arena; null before the first command. */
  #placed: PlacedProgram | null = null;
  /** Rows that it has room for; 0 before the first command. */
  #capacity = 0;
  #snapshots: SharedArrayBuffer | null = null;

  constructor(plan: RanksPlan) {
    this.#plan = plan;
    this.#program = plan.program;
    this.#arena = newArena(place(plan.program, plan.optimizer, this.division, 1), this.division, 1);
    this.#trainer = plan.pool.join();
    if (plan.engine === 'tensorflow') prepareTensorflow();
  }

  /** Another one whenever a batch is larger than all before or has rows of another length, and after `resize`. */
  get arena(): Arena {
    return this.#arena;
  }

  /** Whether a command would be carried out at once: every rank is up and attached. */
  get ready(): boolean {
    return this.#plan.pool.ranks.isReadyFor(this.#trainer);
  }

  get division(): Division {
    return { workers: this.#plan.pool.workers, shards: this.#plan.shards };
  }

  /** Milliseconds each rank has spent in each phase; all zero unless the plan profiles. */
  get clocks(): Record<string, number>[] {
    return Array.from({ length: this.division.workers }, (_, rank) => {
      const line = this.#arena.clocks(rank, phases.length);
      return Object.fromEntries(phases.map((phase, i) => [phase, line[i]]));
    });
  }

  /** Carries out a command, then takes a snapshot if a place is given; rejects with a `RankFailure`. */
  run({ job, totals, learningRate }: Command, snapshot: SnapshotPlace | null, stop: boolean): Promise<Done> {
    this.#makeRoom(Math.min(job.batchSize, job.dataset.rows), job.dataset.program ?? this.#program);
    this.#arena.totals.set(totals);
    this.#arena.scalars[0] = learningRate;
    const words = this.#arena.control;
    Atomics.store(words, control.stop, stop ? 1 : 0);
    Atomics.store(words, control.lastStep, 0);
    Atomics.store(words, control.spoilt, 0);
    const message = runMessage(job, snapshot);
    if (this.#placed?.called === undefined || !MEASURED.includes(job.mode)) return this.#tell(message);
    return runInHalves(message, {
      run: (half) => this.#tell(half),
      between: (batch, step) => this.#callMeasures(job, batch, step),
      hasStopped: () => Atomics.load(words, control.lastStep) !== 0,
    });
  }

  #tell(message: Omit<Run, 'type' | 'trainer'>): Promise<Done> {
    return this.#plan.pool.ranks.run(this.#trainer, message);
  }

  /** Computes losses and metrics that ranks cannot, between the halves of a step. */
  #callMeasures({ mode, dataset, batchSize }: Job, batch: number, step: number): void {
    const { functions, seed } = this.#plan;
    // A rank that was replaced knows nothing of the first half.
    if (!this.ready)
      throw betweenHalves(step, { name: 'Error', message: 'its thread ended between the halves of a step', stack: '' });
    const plan = { program: this.#placed as PlacedProgram, arena: this.#arena, functions, ...this.division, seed };
    callMeasures(plan, {
      rows: Math.min(batchSize, dataset.rows - batch * batchSize),
      step,
      isTraining: mode !== 'evaluate',
      isWeighted: dataset.weights.length > 0,
    });
  }

  /** The totals of the last batch, which stand behind those of the epoch. */
  get batchTotals(): readonly number[] {
    const { totalCount } = this.#plan.program;
    return [...this.#arena.totals.subarray(totalCount, 2 * totalCount)];
  }

  set batchTotals(totals: readonly number[]) {
    this.#arena.totals.set(totals, this.#plan.program.totalCount);
  }

  /** Asks the ranks to end after the step in progress. */
  requestStop(): void {
    Atomics.store(this.#arena.control, control.stop, 1);
  }

  /** Puts a snapshot back; only between two commands. */
  restore(from: SnapshotPlace): void {
    restoreSnapshot(this.#arena, this.#snapshots as SharedArrayBuffer, from);
  }

  /** Leaves the pool; the weights are gone. */
  async close(): Promise<void> {
    await this.#plan.pool.leave(this.#trainer);
    discardState(this.#arena);
    if (this.#snapshots !== null) discardMemory(this.#snapshots);
  }

  /**
   * An arena with the state of the one before. Where rows alone are placed otherwise and there is room for them, it is in the same
   * memory: a model that leaves lengths open would take new memory with every other batch.
   */
  #arenaFor(placement: Placement, batchSize: number): Arena {
    const before = this.#arena;
    const { layout } = placement;
    if (haveOneState(before.layout, layout) && layout.byteLength <= before.memory.byteLength) {
      return new Arena(layout, before.memory);
    }
    const arena = newArena(placement, this.division, batchSize);
    arena.parameters.set(before.parameters);
    arena.moments.set(before.moments);
    discardState(before);
    return arena;
  }

  /** Attaches an arena for a program whose batches are large enough; state moves over to it. */
  #makeRoom(batchSize: number, program: Program): void {
    const { ranks } = this.#plan.pool;
    if (batchSize <= this.#capacity && program === this.#program && this.#attached === ranks) return;
    const { optimizer, engine, seed, profile, faults } = this.#plan;
    const { division } = this;
    const placement = place(program, optimizer, division, batchSize);
    const arena = this.#arenaFor(placement, batchSize);
    this.#arena = arena;
    this.#program = program;
    this.#placed = placement.program;
    this.#capacity = batchSize;
    this.#attached = ranks;
    if (this.#plan.snapshots) this.#snapshots ??= alignedSharedMemory(snapshotBytes(arena));
    ranks.attach(this.#trainer, arena, {
      program: placement.program,
      optimizer,
      division,
      batchCapacity: batchSize,
      engine,
      seed,
      profile,
      snapshots: this.#snapshots,
      ...(faults !== undefined && { faults }),
    });
  }
}

/** Whether two layouts differ in their rows alone, which come last. */
function haveOneState({ regions: a }: ArenaLayout, { regions: b }: ArenaLayout): boolean {
  const names = Object.keys(a) as RegionName[];
  return names.every(
    (name) =>
      a[name].byteOffset === b[name].byteOffset && (name === 'rows' || a[name].byteLength === b[name].byteLength),
  );
}

/** An arena that there is memory for: one that the system only promises would end the process half-way. */
function newArena(placement: Placement, division: Division, batchSize: number): Arena {
  const { byteLength } = placement.layout;
  const rows = `${batchSize} row${batchSize === 1 ? '' : 's'}`;
  const beyond = (cause?: unknown): Error => beyondMemory(`The model and a batch of ${rows}`, byteLength, cause);
  if (byteLength > mostMemory()) {
    const { untouched } = nativeFootprint(placement, division, batchSize);
    if (byteLength - untouched > mostMemory()) throw beyond();
  }
  try {
    const arena = new Arena(placement.layout);
    for (const { offset, values } of placement.program.constants) arena.parameters.set(values, offset);
    return arena;
  } catch (error) {
    throw isAllocationFailure(error) ? beyond(error) : error;
  }
}

/** Gives back the memory of an arena that is done with. A rank that is stuck may still read the control words before it. */
function discardState({ memory, layout }: Arena): void {
  discardMemory(memory, layout.regions.parameters.byteOffset);
}

function runMessage(job: Job, snapshot: SnapshotPlace | null): Omit<Run, 'type' | 'trainer'> {
  const {
    mode,
    dataset,
    order,
    batchSize,
    firstBatch,
    endBatch,
    firstStep,
    predictions = [],
    gradient = null,
    copy = null,
  } = job;
  const { inputs, targets, weights, rows } = dataset;
  return {
    mode,
    inputs,
    targets,
    weights,
    order,
    rows,
    batchSize,
    firstBatch,
    endBatch,
    firstStep,
    predictions,
    gradient,
    half: null,
    snapshot,
    copy,
  };
}
