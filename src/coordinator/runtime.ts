import { Arena } from '../shared/arena.js';
import { control, phases } from '../shared/control.js';
import type { Done, EngineName, Run, RunMode } from '../shared/messages.js';
import { momentNames, type OptimizerSpec } from '../shared/optimizers.js';
import type { Parameter, Program } from '../shared/program.js';
import type { Seed } from '../shared/rng.js';
import type { Division } from '../shared/shardPlan.js';
import type { Dataset } from './data/dataset.js';
import { place } from './plan/layout.js';
import { RankPool } from './pool.js';

/** What a runtime is made from; fixed for its life but for the number of workers. */
export interface RuntimePlan {
  readonly program: Program;
  readonly optimizer: OptimizerSpec;
  readonly division: Division;
  readonly engine: EngineName;
  readonly seed: Seed;
  readonly profile: boolean;
}

/** Batches [firstBatch, endBatch) of a dataset, to be run on all ranks. */
export interface Job {
  readonly mode: RunMode;
  readonly dataset: Dataset;
  readonly order: SharedArrayBuffer | null;
  readonly batchSize: number;
  readonly firstBatch: number;
  readonly endBatch: number;
  readonly firstStep: number;
  readonly predictions?: readonly SharedArrayBuffer[];
}

/** The arena and the ranks of one trainer: all that is shared memory or a thread. */
export class Runtime {
  #plan: RuntimePlan;
  #pool: RankPool;
  #arena: Arena;
  /** Rows that the attached program has room for; 0 before the first `attach`. */
  #capacity = 0;

  constructor(plan: RuntimePlan) {
    this.#plan = plan;
    this.#arena = new Arena(place(plan.program, plan.optimizer, plan.division, 1).layout);
    this.#arena.scalars[0] = plan.optimizer.learningRate;
    this.#pool = new RankPool(plan.division.workers);
  }

  get division(): Division {
    return this.#plan.division;
  }

  get learningRate(): number {
    return this.#arena.scalars[0];
  }

  set learningRate(value: number) {
    this.#arena.scalars[0] = value;
  }

  /** Loss and metric totals of the epoch so far: rows, then one sum each. */
  get totals(): number[] {
    return [...this.#arena.totals.subarray(0, this.#plan.program.sums.length + 1)];
  }

  set totals(values: readonly number[]) {
    this.#arena.totals.set(values);
  }

  /** The same of the last batch alone. */
  get lastBatch(): number[] {
    const count = this.#plan.program.sums.length + 1;
    return [...this.#arena.totals.subarray(count, 2 * count)];
  }

  /** Milliseconds each rank has spent in each phase; all zero unless the plan profiles. */
  get clocks(): Record<string, number>[] {
    return Array.from({ length: this.division.workers }, (_, rank) => {
      const line = this.#arena.clocks(rank, phases.length);
      return Object.fromEntries(phases.map((phase, i) => [phase, line[i]]));
    });
  }

  /** A parameter's values; a view that the next update changes. */
  weight({ offset, size }: Parameter): Float32Array {
    return this.#arena.parameters.subarray(offset, offset + size);
  }

  /** One optimizer vector of a parameter: a view, as `weight`. */
  moment(parameter: Parameter, index: number): Float32Array {
    const from = index * this.#plan.program.parameterLength + parameter.offset;
    return this.#arena.moments.subarray(from, from + parameter.size);
  }

  get momentNames(): readonly string[] {
    return momentNames(this.#plan.optimizer);
  }

  /** Runs a job on all ranks. */
  async run(job: Job): Promise<Done> {
    await this.#makeRoom(Math.min(job.batchSize, job.dataset.rows));
    const words = this.#arena.control;
    Atomics.store(words, control.stop, 0);
    Atomics.store(words, control.lastStep, 0);
    return this.#pool.run(runMessage(job));
  }

  /** Asks the ranks to end after the step in progress. */
  requestStop(): void {
    Atomics.store(this.#arena.control, control.stop, 1);
  }

  /** Goes on with another number of ranks; nothing but speed changes. */
  async resize(workers: number): Promise<void> {
    await this.#pool.close();
    this.#plan = { ...this.#plan, division: { ...this.division, workers } };
    this.#pool = new RankPool(workers);
    this.#capacity = 0;
  }

  async close(): Promise<void> {
    await this.#pool.close();
  }

  /** Attaches an arena whose batches are large enough; state moves over to it. */
  async #makeRoom(batchSize: number): Promise<void> {
    if (batchSize <= this.#capacity) return;
    const { program, optimizer, division, engine, seed, profile } = this.#plan;
    const placement = place(program, optimizer, division, batchSize);
    const arena = new Arena(placement.layout);
    arena.parameters.set(this.#arena.parameters);
    arena.moments.set(this.#arena.moments);
    arena.scalars.set(this.#arena.scalars);
    arena.totals.set(this.#arena.totals);
    this.#arena = arena;
    this.#capacity = batchSize;
    await this.#pool.attach(arena, {
      program: placement.program,
      optimizer,
      division,
      batchCapacity: batchSize,
      engine,
      seed,
      profile,
    });
  }
}

function runMessage(job: Job): Omit<Run, 'type'> {
  const { mode, dataset, order, batchSize, firstBatch, endBatch, firstStep, predictions = [] } = job;
  const { inputs, targets, rows } = dataset;
  return { mode, inputs, targets, order, rows, batchSize, firstBatch, endBatch, firstStep, predictions };
}
