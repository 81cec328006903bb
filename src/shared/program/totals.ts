import { treeFold } from '../partition/tree.js';
import type { Measure } from './measures.js';

/** Numbers that totals are read from and written to. */
type Numbers = Float64Array | number[];

/**
 * Joins the `count` totals of a batch, from `from` on, to those at `into`: sums are added; the moments of an r2, which
 * are no sums, are joined.
 */
export function addTotals(measures: readonly Measure[], numbers: Numbers, into: number, from: number, count: number) {
  const others = momentsOf(measures);
  const before = others.map(({ first, count: own }) => [...numbers.slice(into + first, into + first + own)]);
  for (let i = 0; i < count; i++) numbers[into + i] += numbers[from + i];
  others.forEach(({ first, count: own }, i) => {
    joinMoments(before[i], [...numbers.slice(from + first, from + first + own)]);
    for (let k = 0; k < own; k++) numbers[into + first + k] = before[i][k];
  });
}

/** The moments of an r2 over all shards of a batch, in tree order; `at(shard)` is where a shard's begin in `sums`. */
export function foldMoments(
  sums: Float64Array,
  count: number,
  shards: number,
  at: (shard: number) => number,
): number[] {
  const ofShard = (shard: number): number[] => [...sums.subarray(at(shard), at(shard) + count)];
  return treeFold({ first: 0, count: shards }, ofShard, joinMoments);
}

/** The measures whose totals are no sums. */
export function momentsOf(measures: readonly Measure[]): readonly Measure[] {
  return measures.filter(({ form }) => form.kind === 'r2');
}

/**
 * Makes `a` the moments of the rows of a and b: Σ weight, then of each output the mean of t, Σ (t − mean)² and Σ (t − p)².
 * Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979: where all
 * targets are equal, means stay what they are and deviations 0.
 */
function joinMoments(a: number[], b: readonly number[]): number[] {
  const outputs = (a.length - 1) / 3;
  const weight = a[0] + b[0];
  if (b[0] === 0) return a;
  for (let mean = 1; mean <= outputs; mean++) {
    const [deviation, errors] = [mean + outputs, mean + 2 * outputs];
    const step = b[mean] - a[mean];
    // The mean of no rows at all is not near any target.
    a[mean] = a[0] === 0 ? b[mean] : a[mean] + step * (b[0] / weight);
    a[deviation] += b[deviation] + step * step * (a[0] * (b[0] / weight));
    a[errors] += b[errors];
  }
  a[0] = weight;
  return a;
}
