import type { Kernel, KernelMemory, Pass } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { weightOf } from './groups.js';
import { targetElement } from './sumRows.js';

/** Where the sums of a shard begin. */
function shardSums({ sums, sumCount }: KernelMemory, shard: number, sum: number): number {
  return sums + shard * sumCount + sum;
}

/**
 * Sets `count` sums of each shard, from number `sum` on, to zero and visits the groups of its rows in order;
 * `visit(group, weight, at)` adds to the shard's sums, which begin at f64[at].
 */
function countGroups(
  memory: KernelMemory,
  pass: Pass,
  a: { readonly groups: number; readonly weight: number; readonly sum: number },
  count: number,
  visit: (group: number, weight: number, at: number) => void,
): void {
  for (let own = 0; own + 1 < pass.shardRows.length; own++) {
    const at = shardSums(memory, pass.firstShard + own, a.sum);
    memory.f64.fill(0, at, at + count);
    for (let group = pass.shardRows[own] * a.groups; group < pass.shardRows[own + 1] * a.groups; group++) {
      const weight = weightOf(memory, a, group);
      if (weight !== 0) visit(group, weight, at);
    }
  }
}

type ClassCounts = KernelArguments<'classCounts'>;

/** Whether element j of a group is found, for all j. */
function foundIn(values: Float32Array, { top, largest, threshold }: ClassCounts): boolean[] {
  if (largest) {
    const most = Math.max(...values);
    return Array.from(values, (p) => p === most && Math.abs(p) > threshold);
  }
  const taken = top === 0 ? null : topOf(values, top);
  return Array.from(values, (p, j) => p > threshold && (taken === null || taken.has(j)));
}

/** Positions of the `top` largest values, the first of equals coming first; a NaN is none. */
function topOf(values: Float32Array, top: number): ReadonlySet<number> {
  const numbers = [...values.keys()].filter((j) => !Number.isNaN(values[j]));
  return new Set(numbers.sort((i, j) => values[j] - values[i] || i - j).slice(0, top));
}

/**
 * Of each class: what was rightly found, wrongly found, missed and rightly left. A class is found where its prediction is above the
 * threshold and among the `top` largest of its group (0: wherever it is above the threshold); or, with `largest`, where it
 * equals the largest of its group and is not near 0.
 */
export const classCounts: Kernel<ClassCounts> = (memory, pass, a) => {
  const { f32, f64 } = memory;
  const classes = a.pooled ? 1 : a.size;
  countGroups(memory, pass, a, 4 * classes, (group, weight, at) => {
    const p = a.prediction + group * a.size;
    const found = foundIn(f32.subarray(p, p + a.size), a);
    for (let j = 0; j < a.size; j++) {
      const t = targetElement(memory, a.target, a.sparse, group, a.size, j);
      const slot = at + (a.pooled ? 0 : j);
      if (found[j]) {
        f64[slot] += weight * t;
        f64[slot + classes] += weight * (1 - t);
      } else {
        f64[slot + 2 * classes] += weight * t;
        f64[slot + 3 * classes] += weight * (1 - t);
      }
    }
  });
};

/**
 * Histograms of the predictions, one for each class or one for all when `pooled`: bucket ⌈p·(buckets − 1)⌉ − 1 (at least 0) of p in [0, 1] counts weights of
 * elements whose target is not 0, the same bucket behind those counts the others; a NaN is taken for 0. Keras's AUC, whose
 * thresholds these are.
 */
export const bucketCounts: Kernel<KernelArguments<'bucketCounts'>> = (memory, pass, a) => {
  const { f32, f64 } = memory;
  countGroups(memory, pass, a, 2 * a.buckets * (a.pooled ? 1 : a.size), (group, weight, at) => {
    for (let j = 0; j < a.size; j++) {
      const prediction = f32[a.prediction + group * a.size + j];
      const p = prediction > 0 ? Math.min(prediction, 1) : 0;
      const bucket = Math.max(Math.ceil(Math.fround(p * Math.fround(a.buckets - 1))) - 1, 0);
      const isPositive = targetElement(memory, a.target, a.sparse, group, a.size, j) !== 0;
      const first = at + (a.pooled ? 0 : 2 * a.buckets * j);
      f64[first + bucket + (isPositive ? 0 : a.buckets)] += weight;
    }
  });
};

/**
 * Σ weight; then of each output: the mean of t, Σ (t − mean)² and Σ (t − p)². Welford, "Note on a method for calculating
 * corrected sums of squares and products", 1962: equal targets have no deviation at all.
 */
export const residualSums: Kernel<KernelArguments<'residualSums'>> = (memory, pass, a) => {
  const { f32, f64 } = memory;
  countGroups(memory, pass, a, 1 + 3 * a.size, (group, weight, at) => {
    f64[at] += weight;
    const share = weight / f64[at];
    for (let j = 0; j < a.size; j++) {
      const t = f32[a.target + group * a.size + j];
      const error = t - f32[a.prediction + group * a.size + j];
      const [mean, deviation, errors] = [at + 1 + j, at + 1 + a.size + j, at + 1 + 2 * a.size + j];
      const step = t - f64[mean];
      f64[mean] += step * share;
      f64[deviation] += weight * (step * (t - f64[mean]));
      f64[errors] += weight * (error * error);
    }
  });
};
