import type { ArenaLayout } from '../../shared/memory/arena.js';
import { findAddon } from '../../shared/native/addon.js';
import { programArguments } from '../../shared/native/attach.js';
import { type Division, passLimits } from '../../shared/partition/shardPlan.js';
import type { PlacedProgram } from '../../shared/program/program.js';

/** What kernels do to the memory of a process that trains, in bytes. */
export interface Footprint {
  /** What those of one rank take beside the arena. */
  readonly ofRank: number;
  /** What of the arena no rank ever touches, as gradients that live within a chunk of rows all stand in its first rows. */
  readonly untouched: number;
}

export const noFootprint: Footprint = { ofRank: 0, untouched: 0 };

/** That of the native kernels; `noFootprint` where they are missing. */
export function nativeFootprint(
  { layout, program }: { readonly layout: ArenaLayout; readonly program: PlacedProgram },
  division: Division,
  batchSize: number,
): Footprint {
  const { addon } = findAddon();
  if (addon === null) return noFootprint;
  const { parameters, sums } = layout.regions;
  const places = { parameters: parameters.byteOffset / 4, sums: sums.byteOffset / 8, sumCount: program.sumCount };
  const input = {
    ...program,
    memory: { ...places, seed: [0, 0] as const },
    batchCapacity: batchSize,
    ...passLimits(division, batchSize),
  };
  const [scratch, ...locals] = addon.footprint(...programArguments(addon, input, undefined), layout.byteLength / 4);
  let untouched = 0;
  for (let i = 0; i < locals.length; i += 2) {
    const [record, chunkRows] = [locals[i], locals[i + 1]];
    // A chunk ends with its shard.
    const touched = division.workers * Math.min(chunkRows, Math.ceil(batchSize / division.shards));
    untouched += 4 * record * Math.max(0, batchSize - touched);
  }
  return { ofRank: 4 * scratch, untouched };
}
