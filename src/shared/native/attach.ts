import type { KernelMemory } from '../kernels/pass.js';
import type { Segments, Stages } from '../program/program.js';
import type { InstructionSet, NativeAddon } from './addon.js';
import { encodeProgram } from './encode.js';

/** What the addon is told of the arena that a program runs over, beside the arena itself. */
export interface ProgramInput {
  readonly memory: Pick<KernelMemory, 'parameters' | 'sums' | 'sumCount' | 'seed'>;
  readonly stages: Stages<Segments>;
  /** Rows the row-wise buffers have room for. */
  readonly batchCapacity: number;
  /** Rows that a pass, one rank's part of a batch, has at most. */
  readonly passCapacity: number;
  /** Shards that it has at most. */
  readonly passShards: number;
  /** Elements of a slab. */
  readonly slabLength: number;
  /** Elements of the whole vector. */
  readonly vectorLength: number;
}

/** Program, numbers and build, as `attach` and `footprint` of native/src/addon.cc take them. */
export function programArguments(
  addon: NativeAddon,
  { memory, stages, slabLength, vectorLength, batchCapacity, passCapacity, passShards }: ProgramInput,
  isa: InstructionSet | undefined,
): readonly [program: Float64Array, info: Float64Array, isa: InstructionSet | ''] {
  const { parameters, sums, sumCount, seed } = memory;
  const lengths = [parameters, slabLength, vectorLength, sums, sumCount, batchCapacity, passCapacity, passShards];
  const info = Float64Array.of(...lengths, seed[0], seed[1]);
  return [encodeProgram(addon, stages), info, isa ?? ((process.env.LOCKSTEP_ISA ?? '') as InstructionSet | '')];
}
