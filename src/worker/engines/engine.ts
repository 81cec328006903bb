import type { KernelMemory, Pass } from '../../shared/kernels/pass.js';
import type { SumTerm, UpdateCall } from '../../shared/kernels/updateCall.js';
import type { UpdateKernelName } from '../../shared/kernels/updates.js';
import type { Column } from '../../shared/memory/dataset.js';
import type { ProgramInput } from '../../shared/native/attach.js';
import type { StageName } from '../../shared/program/program.js';

/**
 * What computes on a rank. Both program engines (`reference`, `native`) run the same placed program over the same arena
 * and promise that every sum over rows is formed per shard and folded in tree order.
 */
export interface Engine {
  /** Copies rows order[start + r] (or start + r without an order) of the column into the buffer, for the pass's rows r. */
  gather(pass: Pass, column: ColumnSource, buffer: number, order: Int32Array | null, start: number): void;
  /** Runs one segment of a stage of the program over the pass's rows. */
  run(stage: StageName, segment: number, pass: Pass): void;
  /**
   * Slab sums over elements [from, to): for each (a, b) of `adds`, slab a += slab b; pairs of float32 arena offsets. Whether
   * all of the sums are finite.
   */
  reduce(adds: Int32Array, from: number, to: number): boolean;
  /**
   * Runs an update kernel over elements of the flat vectors, in place. Of an optimizer's: whether the gradient and the new
   * weights are finite, which costs nothing where both are at hand.
   */
  update(kernel: UpdateKernelName, call: UpdateCall): boolean;
  /** Sum of a term over `length` elements at an arena offset, in float64. */
  sumOf(term: SumTerm, offset: number, length: number): number;
  /** Gives back what would outlive it; for an engine that has such. */
  dispose?(): void;
}

/** A dataset column as an engine reads it. */
export interface ColumnSource {
  readonly column: Column;
  readonly values: Float32Array | Uint8Array | Int32Array;
}

/** What an engine is made from: the arena and the placed program of one run. */
export interface EngineInput extends ProgramInput {
  readonly memory: KernelMemory;
}
