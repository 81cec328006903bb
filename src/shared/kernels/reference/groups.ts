import { treeSum } from '../../partition/tree.js';
import type { Kernel, KernelMemory, Pass } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { flushed } from './denormals.js';
import { sumRows } from './sumRows.js';

/** What every kernel over groups is told: groups a row, and a weight for each (`weight` −1: all are 1). */
interface Groups {
  readonly groups: number;
  readonly weight: number;
  readonly sum: number;
}

/** What a kernel that seeds gradients is told beside that. */
interface Seeded extends Groups {
  readonly size: number;
  /** −1 where none is wanted. */
  readonly gradient: number;
  /** The sum that holds the weights of each shard, as weightSums left them. */
  readonly weightSum: number;
  /** Share of this loss in the total. */
  readonly lossWeight: number;
}

/** The weight of group number `group` of the batch. */
export function weightOf({ f32 }: KernelMemory, { weight }: Pick<Groups, 'weight'>, group: number): number {
  return weight < 0 ? 1 : flushed(f32[weight + group]);
}

/**
 * Sets the sum of each shard to Σ over its rows of the mean over groups of weight · groupValue(group). A group without
 * weight counts nothing, whatever its value.
 */
export function sumGroups(
  memory: KernelMemory,
  pass: Pass,
  a: Groups,
  groupValue: (group: number, weight: number) => number,
): void {
  sumRows(memory, pass, a.sum, (row) => {
    let total = 0;
    for (let group = row * a.groups; group < (row + 1) * a.groups; group++) {
      const weight = weightOf(memory, a, group);
      const value = groupValue(group, weight);
      if (weight !== 0) total += weight * value;
    }
    return total / a.groups;
  });
}

/**
 * The same for a loss: `groupLoss` is also told by what to multiply the group's gradient. One of no weight has none, even
 * where it would be 0 times what is not finite.
 */
export function sumLosses(
  memory: KernelMemory,
  pass: Pass,
  a: Seeded,
  groupLoss: (group: number, seed: number) => number,
): void {
  const total = batchWeight(memory, pass, a);
  const share = total === 0 ? 0 : a.lossWeight / (a.groups * total);
  sumGroups(memory, pass, a, (group, weight) => {
    const loss = groupLoss(group, weight * share);
    const place = a.gradient + group * a.size;
    if (weight === 0 && a.gradient >= 0) memory.f32.fill(0, place, place + a.size);
    return loss;
  });
}

/** Σ of the weights over the batch, in rows: every rank adds the sums of all shards in tree order. */
export function batchWeight({ f64, sums, sumCount }: KernelMemory, pass: Pass, a: Seeded): number {
  if (a.weight < 0) return pass.batchRows;
  return treeSum({ first: 0, count: pass.batchShards }, (shard) => f64[sums + shard * sumCount + a.weightSum]);
}

/** Without weights each row counts 1. */
export const weightSums: Kernel<KernelArguments<'weightSums'>> = (memory, pass, a) => {
  sumGroups(memory, pass, a, () => 1);
};
