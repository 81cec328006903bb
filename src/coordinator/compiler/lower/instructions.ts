import type { KernelCall } from '../../../shared/kernels/table.js';
import type { Segments } from '../../../shared/program/program.js';

/** Where all ranks meet within a stage, because what follows needs the sums of every shard. */
export interface SyncPoint {
  readonly kernel: 'sync';
  readonly args: Readonly<Record<string, never>>;
}

/** What lowering emits: kernel calls and sync points. */
export type Instruction = KernelCall | SyncPoint;

export const sync: SyncPoint = { kernel: 'sync', args: {} };

/** Cuts a stage at its sync points. */
export function segmentsOf(instructions: readonly Instruction[]): Segments {
  if (instructions.length === 0) return [];
  const segments: KernelCall[][] = [[]];
  for (const instruction of instructions) {
    if (instruction.kernel === 'sync') segments.push([]);
    else segments[segments.length - 1].push(instruction);
  }
  return segments;
}
