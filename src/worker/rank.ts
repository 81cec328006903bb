import { Arena } from '../shared/arena.js';
import { Barrier } from '../shared/barrier.js';
import { phases } from '../shared/control.js';
import type { KernelMemory } from '../shared/kernels/pass.js';
import type { Attach, RankStart, SnapshotPlace } from '../shared/messages.js';
import { momentNames, type OptimizerSpec, type UpdateSlice } from '../shared/optimizers.js';
import type { PlacedProgram } from '../shared/program.js';
import type { Schedule } from '../shared/schedules.js';
import { type PassPlan, planPass, sliceStart } from '../shared/shardPlan.js';
import { saveShare } from '../shared/snapshot.js';
import { Clock } from './clock.js';
import { type CopiedPart, copiedParts } from './copies.js';
import { createEngine } from './engines/create.js';
import type { Engine } from './engines/engine.js';
import { FaultyClock } from './faultyClock.js';

/** What a rank holds between an `attach` and the next: its views of the arena, its engine and its plans. */
export interface Rank {
  readonly rank: number;
  readonly arena: Arena;
  /** The whole arena as float32. */
  readonly f32: Float32Array;
  readonly program: PlacedProgram;
  readonly engine: Engine;
  /** How the learning rate follows the steps; absent when it does not. */
  readonly schedule: Schedule | undefined;
  readonly barrier: Barrier;
  readonly clock: Clock;
  /** The rank's part of a batch of that many rows; planned once a size. */
  planFor(batchRows: number): PassPlan;
  /** The rank's slice with the gradient at `rootSlab`. */
  sliceAt(rootSlab: number): UpdateSlice;
  /** What its slice has of weights with copies. */
  readonly copied: readonly CopiedPart[];
  /** Copies the rank's share of the training state to a place for snapshots. */
  saveShare(place: SnapshotPlace): void;
}

export async function attachRank(start: RankStart, attach: Attach): Promise<Rank> {
  const { rank, spins } = start;
  const arena = new Arena(attach.layout, attach.memory);
  const clock = createClock(start, arena, attach);
  clock.enter('attach');
  const memory = kernelMemory(arena, attach);
  const { stages, slabLength, vectorLength } = attach.program;
  const attached: Rank = {
    rank,
    arena,
    f32: memory.f32,
    program: attach.program,
    engine: await createEngine(attach.engine, {
      memory,
      stages,
      optimizer: attach.optimizer,
      batchCapacity: attach.batchCapacity,
      slabLength,
      vectorLength,
    }),
    schedule: attach.optimizer.schedule,
    barrier: new Barrier(arena.control, attach.division.workers, spins),
    clock,
    planFor: passPlanner(rank, attach),
    sliceAt: slicer(rank, attach),
    copied: copiedParts(attach.program.copies, sliceOf(rank, attach)),
    saveShare: (place) =>
      saveShare(arena, attach.snapshots as SharedArrayBuffer, place, { rank, workers: attach.division.workers }),
  };
  clock.enter('idle');
  return attached;
}

function createClock(start: RankStart, arena: Arena, { profile, faults }: Attach): Clock {
  const clocks = profile ? arena.clocks(start.rank, phases.length) : null;
  const line = arena.status(start.rank);
  return faults === undefined ? new Clock(line, clocks) : new FaultyClock(line, clocks, start, faults);
}

function kernelMemory(arena: Arena, { program, seed }: Attach): KernelMemory {
  const { regions } = arena.layout;
  return {
    f32: new Float32Array(arena.memory),
    f64: new Float64Array(arena.memory),
    i32: new Int32Array(arena.memory),
    parameters: regions.parameters.byteOffset / 4,
    sums: regions.sums.byteOffset / 8,
    sumCount: program.sumCount,
    seed,
  };
}

function passPlanner(rank: number, { layout, division, program }: Attach): (batchRows: number) => PassPlan {
  const slabs = { first: layout.regions.slabs.byteOffset / 4, stride: program.slabLength };
  const plans = new Map<number, PassPlan>();
  return (batchRows) => {
    let plan = plans.get(batchRows);
    if (plan === undefined) {
      plan = planPass(batchRows, rank, division, slabs);
      plans.set(batchRows, plan);
    }
    return plan;
  };
}

function slicer(rank: number, { layout, division, program, optimizer }: Attach): (rootSlab: number) => UpdateSlice {
  const slices = new Map<number, UpdateSlice>();
  return (rootSlab) => {
    let slice = slices.get(rootSlab);
    if (slice === undefined) {
      slice = {
        parameters: layout.regions.parameters.byteOffset / 4,
        gradient: rootSlab,
        moments: momentOffsets(layout.regions.moments.byteOffset / 4, program.parameterLength, optimizer),
        ...sliceOf(rank, { division, program }),
      };
      slices.set(rootSlab, slice);
    }
    return slice;
  };
}

function sliceOf(rank: number, { division: { workers }, program }: Pick<Attach, 'division' | 'program'>) {
  const start = (of: number): number => sliceStart(of, workers, program.parameterLength);
  return { from: start(rank), to: start(rank + 1) };
}

function momentOffsets(first: number, parameterLength: number, optimizer: OptimizerSpec): number[] {
  return momentNames(optimizer).map((_, i) => first + i * parameterLength);
}
