import type { KernelMemory } from '../shared/kernels/pass.js';
import { Arena } from '../shared/memory/arena.js';
import { Barrier } from '../shared/memory/barrier.js';
import { phases } from '../shared/memory/control.js';
import { saveShare } from '../shared/memory/snapshot.js';
import { type PassPlan, passLimits, planPass } from '../shared/partition/shardPlan.js';
import type { PlacedProgram } from '../shared/program/program.js';
import type { Attach, RankStart, SnapshotPlace } from '../shared/protocol/messages.js';
import { Clock } from './clock.js';
import { type CopiedPart, copiedParts } from './copies.js';
import { createEngine } from './engines/create.js';
import type { Engine, EngineInput } from './engines/engine.js';
import { FaultyClock } from './faultyClock.js';
import { planUpdate, type UpdatePlan } from './updatePlan.js';

/** What a rank holds between an `attach` and the next: its views of the arena, its engine and its plans. */
export interface Rank {
  readonly rank: number;
  /** The number of the `attach` that it came from; null where faults are injected, whose clock needs the task's own port. */
  readonly attachment: number | null;
  readonly arena: Arena;
  /** The whole arena as float32. */
  readonly f32: Float32Array;
  readonly program: PlacedProgram;
  readonly engine: Engine;
  readonly barrier: Barrier;
  readonly clock: Clock;
  /** The rank's part of a batch of that many rows; planned once a size. */
  planFor(batchRows: number): PassPlan;
  /** How the rank turns gradients into the new weights of its slice. */
  readonly update: UpdatePlan;
  /** What its slice has of weights with copies. */
  readonly copied: readonly CopiedPart[];
  /** Copies the rank's share of the training state to a place for snapshots. */
  saveShare(place: SnapshotPlace): void;
  /** Copies it to memory that has room for one state. */
  copyShare(memory: SharedArrayBuffer): void;
}

export async function attachRank(start: RankStart, attach: Attach): Promise<Rank> {
  const prepared = prepare(start, attach);
  return complete(prepared, await createEngine(attach.engine, prepared.input, attach.program));
}

/** The same at once, for an engine of which nothing is still to be loaded. */
export function attachRankNow(start: RankStart, attach: Attach, makeEngine: (input: EngineInput) => Engine): Rank {
  const prepared = prepare(start, attach);
  return complete(prepared, makeEngine(prepared.input));
}

/** All of a rank but its engine. */
interface PreparedRank {
  readonly start: RankStart;
  readonly attach: Attach;
  readonly arena: Arena;
  readonly clock: Clock;
  readonly input: EngineInput;
}

function prepare(start: RankStart, attach: Attach): PreparedRank {
  const arena = new Arena(attach.layout, attach.memory);
  const clock = createClock(start, arena, attach);
  clock.enter('attach');
  const { stages, slabLength, vectorLength } = attach.program;
  const { batchCapacity } = attach;
  const input = {
    memory: kernelMemory(arena, attach),
    ...{ stages, batchCapacity, slabLength, vectorLength },
    ...passLimits(attach.division, batchCapacity),
  };
  return { start, attach, arena, clock, input };
}

function complete({ start, attach, arena, clock, input }: PreparedRank, engine: Engine): Rank {
  const { rank, spins } = start;
  const { workers } = attach.division;
  const update = planUpdate(rank, attach);
  const attached: Rank = {
    rank,
    attachment: attach.faults === undefined ? attach.attachment : null,
    arena,
    f32: input.memory.f32,
    program: attach.program,
    engine,
    barrier: new Barrier(arena.control, workers, spins),
    clock,
    planFor: passPlanner(rank, attach),
    update,
    copied: copiedParts(attach.program.copies, update.slice),
    saveShare: (place) => saveShare(arena, attach.snapshots as SharedArrayBuffer, place, { rank, workers }),
    copyShare: (memory) => saveShare(arena, memory, 0, { rank, workers }),
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
