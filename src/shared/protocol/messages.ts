import type { MessagePort } from 'node:worker_threads';
import type { Blame } from '../errors.js';
import type { ArenaLayout } from '../memory/arena.js';
import type { Phase } from '../memory/control.js';
import type { Column } from '../memory/dataset.js';
import type { OptimizerSpec } from '../optimizers/optimizers.js';
import type { Division } from '../partition/shardPlan.js';
import type { PlacedProgram } from '../program/program.js';
import type { Seed } from '../random/rng.js';

/** Every message between the coordinator and its ranks. */

/** The argument of a rank's Piscina task. */
export interface RankStart {
  readonly rank: number;
  /** Messages come here; the rank answers on it too. */
  readonly port: MessagePort;
  /** Int32 words of `doorbell`. */
  readonly doorbell: SharedArrayBuffer;
  /** Looks at a shared word before sleeping on it; 0 when there are more ranks than cores. */
  readonly spins: number;
  /** Trainers that there are; the thread may still have others from the task before. */
  readonly trainers: readonly number[];
}

/** The words that a rank and the coordinator share before there is an arena. */
export const doorbell = {
  /** Messages sent to this rank; the rank sleeps on it, as a blocked thread hears no port. */
  rings: 0,
  /** The thread the rank lives on; 0 until it has begun. Written by the rank, read by the coordinator to end it. */
  thread: 1,
} as const;
export const DOORBELL_BYTES = 8;

export type ToRank = Attach | Detach | Run | Close;

/** Gives the rank a trainer's arena and placed program; replaces what it had of that trainer. */
export interface Attach {
  readonly type: 'attach';
  /** The number of the trainer among those that share the ranks. */
  readonly trainer: number;
  /** Counts all that were ever made for these ranks: a thread that still has this one keeps it. */
  readonly attachment: number;
  readonly memory: SharedArrayBuffer;
  readonly layout: ArenaLayout;
  readonly program: PlacedProgram;
  readonly optimizer: OptimizerSpec;
  readonly division: Division;
  readonly batchCapacity: number;
  readonly engine: EngineName;
  readonly seed: Seed;
  /** Whether to keep the clocks: milliseconds by phase. */
  readonly profile: boolean;
  /** Two places for snapshots, as `shared/memory/snapshot.ts` lays them out; null where none are taken. */
  readonly snapshots: SharedArrayBuffer | null;
  /** Faults to inject, for tests alone: the memory of a `FaultPlan`. */
  readonly faults?: SharedArrayBuffer;
}

/** Engines that run a program of kernel calls. */
export type KernelEngineName = 'native' | 'reference';

/** Engines in which TensorFlow.js computes the model: on libtensorflow, or in plain JavaScript. */
export type LayersEngineName = 'tensorflow' | 'tfjs';

export type EngineName = KernelEngineName | LayersEngineName;

/** `gradients` forms them without an update; `apply` updates with given ones. */
export type RunMode = 'train' | 'gradients' | 'apply' | 'evaluate' | 'predict';

/** The trainer is closed; no answer. */
export interface Detach {
  readonly type: 'detach';
  readonly trainer: number;
}

/** Runs batches [firstBatch, endBatch) of a dataset. */
export interface Run {
  readonly type: 'run';
  readonly trainer: number;
  readonly mode: RunMode;
  readonly inputs: readonly Column[];
  /** Empty when predicting. */
  readonly targets: readonly Column[];
  /** A column a target, of one weight a group; empty where no row has a weight. */
  readonly weights: readonly Column[];
  /** Int32 row numbers in the order they are taken, or null for the dataset's own order. */
  readonly order: SharedArrayBuffer | null;
  readonly rows: number;
  readonly batchSize: number;
  readonly firstBatch: number;
  readonly endBatch: number;
  /** Updates applied before the first of these batches. */
  readonly firstStep: number;
  /** Float32 predictions, one buffer an output, when predicting; else empty. */
  readonly predictions: readonly SharedArrayBuffer[];
  /** Float32 gradient of the flat vector of trained weights: written in the mode `gradients`, read in `apply`, else null. */
  readonly gradient: SharedArrayBuffer | null;
  /**
   * Of the only batch: all up to its losses, or all that follows them. Between the halves the coordinator computes losses; null runs
   * whole batches.
   */
  readonly half: Half | null;
  /** The place that takes a snapshot after the last batch, or null. */
  readonly snapshot: SnapshotPlace | null;
  /** Memory that takes a copy of the training state after the last batch, for a checkpoint, or null. */
  readonly copy: SharedArrayBuffer | null;
}

export type Half = 'first' | 'second';

export type SnapshotPlace = 0 | 1;

/** Ends the rank's task; the thread keeps what it has been given for the next one. */
export interface Close {
  readonly type: 'close';
}

export type FromRank = Done | Failed | TerminateMe;

export type NonFinite = 'loss' | 'update';

/** The rank has finished an `attach` or a `run`. */
export interface Done {
  readonly type: 'done';
  readonly rank: number;
  /** Batches finished, the same on every rank. */
  readonly batches: number;
  /**
   * What was not finite and ended the run: the loss, before its update was applied, or the update, whose weights are to be
   * undone; null where nothing was.
   */
  readonly nonFinite: NonFinite | null;
  /** Time spent on the batches. */
  readonly milliseconds: number;
}

/** The rank could not finish; `aborted` when it only followed another. */
export interface Failed {
  readonly type: 'failed';
  readonly rank: number;
  readonly aborted: boolean;
  readonly phase: Phase;
  readonly step: number;
  readonly error: {
    readonly name: string;
    readonly message: string;
    readonly stack: string;
    readonly code?: string;
    readonly blame?: Blame;
  };
}

/** An injected fault asks for the rank's thread to be terminated from outside; no answer to any command. */
export interface TerminateMe {
  readonly type: 'terminateMe';
}
