import { alignedSharedMemory } from './alignedMemory.js';
import { CONTROL_WORDS, STATUS_WORDS } from './control.js';

/**
 * The arena: one block of shared memory that holds everything ranks share during a step. This file is the one description of
 * it; `coordinator/compiler/plan/layout.ts` computes the sizes.
 */
export interface ArenaLayout {
  readonly byteLength: number;
  readonly regions: Readonly<Record<RegionName, Region>>;
}

/** A 64-byte-aligned part of the arena. */
export interface Region {
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** What each region holds, who writes it and who reads it. */
export const regionRoles = {
  control: 'int32 words of control.ts: barrier, abort, stop, progress',
  status: 'int32 line a rank: phase, step and heartbeat; written by its rank, read by the coordinator',
  scalars: 'float64: learning rate; written by the coordinator between commands, read by ranks',
  sums: 'float64 [shards × sums]: loss and metrics; written by the owner of the shard, read by all after the barrier',
  totals: 'float64: rows and sums of the epoch so far, then of the last batch; written by rank 0 and the coordinator',
  clocks: 'float64 [ranks × phases]: milliseconds spent in each phase; written by its rank, read by the coordinator',
  parameters: 'float32: the flat parameter vector; a slice is written by its rank in update, read by all elsewhere',
  blockSums:
    'float64 [2 × blocks]: penalties of the weights, then squares of the gradient; written by the rank that has the block, read by all after the barrier',
  moments: 'float32: optimizer state in the same order; a slice is read and written by its rank alone',
  slabs: 'float32: published gradients; written by their rank in backward, folded slice by slice in reduce',
  rows: 'float32 and int32: inputs, targets, activations, their gradients; a row is touched by its rank alone',
} as const;

export type RegionName = keyof typeof regionRoles;

export const ALIGNMENT = 64;

/** The next multiple of 64 bytes. */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

/** Region sizes in bytes → places, in the order of `regionRoles`. */
export function placeRegions(sizes: Readonly<Record<RegionName, number>>): ArenaLayout {
  let end = 0;
  const place = (name: RegionName): [RegionName, Region] => {
    const region = { byteOffset: end, byteLength: aligned(sizes[name]) };
    end += region.byteLength;
    return [name, region];
  };
  const regions = Object.fromEntries((Object.keys(regionRoles) as RegionName[]).map(place)) as ArenaLayout['regions'];
  return { byteLength: end, regions };
}

/** Typed views over the named regions of one arena. */
export class Arena {
  readonly memory: SharedArrayBuffer;
  readonly layout: ArenaLayout;
  readonly control: Int32Array;
  readonly scalars: Float64Array;
  readonly sums: Float64Array;
  readonly totals: Float64Array;
  readonly parameters: Float32Array;
  readonly moments: Float32Array;
  readonly blockSums: { readonly penalties: Float64Array; readonly gradient: Float64Array };

  constructor(layout: ArenaLayout, memory: SharedArrayBuffer = alignedSharedMemory(layout.byteLength)) {
    this.memory = memory;
    this.layout = layout;
    const { regions } = layout;
    this.control = new Int32Array(memory, regions.control.byteOffset, CONTROL_WORDS);
    this.scalars = this.#float64(regions.scalars);
    this.sums = this.#float64(regions.sums);
    this.totals = this.#float64(regions.totals);
    this.parameters = this.#float32(regions.parameters);
    this.moments = this.#float32(regions.moments);
    const blockSums = this.#float64(regions.blockSums);
    const half = blockSums.length / 2;
    this.blockSums = { penalties: blockSums.subarray(0, half), gradient: blockSums.subarray(half) };
  }

  /** The status line of one rank. */
  status(rank: number): Int32Array {
    return new Int32Array(this.memory, this.layout.regions.status.byteOffset + rank * STATUS_WORDS * 4, STATUS_WORDS);
  }

  /** The clock line of one rank: milliseconds by phase. */
  clocks(rank: number, phaseCount: number): Float64Array {
    const lineBytes = aligned(phaseCount * 8);
    return new Float64Array(this.memory, this.layout.regions.clocks.byteOffset + rank * lineBytes, phaseCount);
  }

  #float64({ byteOffset, byteLength }: Region): Float64Array {
    return new Float64Array(this.memory, byteOffset, byteLength / 8);
  }

  #float32({ byteOffset, byteLength }: Region): Float32Array {
    return new Float32Array(this.memory, byteOffset, byteLength / 4);
  }
}
