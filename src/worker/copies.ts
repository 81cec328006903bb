import type { Arena } from '../shared/memory/arena.js';
import type { PassPlan } from '../shared/partition/shardPlan.js';
import type { WeightCopy } from '../shared/program/program.js';
import type { Engine } from './engines/engine.js';

/** What a rank has of it: its views of the arena, its engine and the copied parts of its slice. */
interface CopyingRank {
  readonly arena: Arena;
  readonly engine: Engine;
  readonly copied: readonly CopiedPart[];
}

/** The part of a copied weight that lies in a rank's slice: elements [from, to); its copy stands `distance` behind. */
export interface CopiedPart {
  readonly from: number;
  readonly to: number;
  readonly distance: number;
}

/** The copied parts of the slice [from, to), in the order in which their gradients are added. */
export function copiedParts(copies: readonly WeightCopy[], slice: { from: number; to: number }): CopiedPart[] {
  const parts = copies.map((copy) => ({
    from: Math.max(copy.from, slice.from),
    to: Math.min(copy.from + copy.length, slice.to),
    distance: copy.to - copy.from,
  }));
  return parts.filter(({ from, to }) => to > from);
}

/** Completes the gradients of the slice's copies along the tree and adds them to those of the weights. */
export function reduceCopies(rank: CopyingRank, { adds, rootSlab }: PassPlan): void {
  for (const { from, to, distance } of rank.copied) {
    rank.engine.reduce(adds, from + distance, to + distance);
    rank.engine.reduce(Int32Array.of(rootSlab, rootSlab + distance), from, to);
  }
}

/** Makes the copies of the slice's weights equal to them again; the barrier that ends the step shows it to all. */
export function refreshCopies(rank: CopyingRank): void {
  const { parameters } = rank.arena;
  for (const { from, to, distance } of rank.copied) parameters.copyWithin(from + distance, from, to);
}
