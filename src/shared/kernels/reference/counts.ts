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

/** The least value of a group that fewer than `top` others surpass. */
function leastOfTop(f32: Float32Array, at: number, size: number, top: number): number {
  const sorted = f32.slice(at, at + size).sort();
  return sorted[Math.max(size - top, 0)];
}

/**
 * Of each class: what was rightly found, wrongly found and missed. A class is found where its prediction is above the
 * threshold and among the `top` largest of its group (0: wherever it is above the threshold).
 */
export const classCounts: Kernel<KernelArguments<'classCounts'>> = (memory, pass, a) => {
  const { f32, f64 } = memory;
  const classes = a.pooled ? 1 : a.size;
  countGroups(memory, pass, a, 3 * classes, (group, weight, at) => {
    const p = a.prediction + group * a.size;
    const least = a.top === 0 ? Number.NEGATIVE_INFINITY : leastOfTop(f32, p, a.size, a.top);
    for (let j = 0; j < a.size; j++) {
      const found = f32[p + j] > a.threshold && f32[p + j] >= least;
      const t = targetElement(memory, a.target, a.sparse, group, a.size, j);
      const slot = at + (a.pooled ? 0 : j);
      if (found) {
        f64[slot] += weight * t;
        f64[slot + classes] += weight * (1 - t);
      } else f64[slot + 2 * classes] += weight * t;
    }
  });
};

/**
 * A histogram of the predictions of each class: bucket ⌈p·(buckets − 1)⌉ − 1 (at least 0) of p in [0, 1] counts weights of
 * elements whose target is not 0, the same bucket behind those counts the others. Keras's AUC, whose thresholds these are.
 */
export const bucketCounts: Kernel<KernelArguments<'bucketCounts'>> = (memory, pass, a) => {
  const { f32, f64 } = memory;
  countGroups(memory, pass, a, 2 * a.buckets, (group, weight, at) => {
    for (let j = 0; j < a.size; j++) {
      const p = Math.min(Math.max(f32[a.prediction + group * a.size + j], 0), 1);
      const bucket = Math.max(Math.ceil(Math.fround(p * Math.fround(a.buckets - 1))) - 1, 0);
      const isPositive = targetElement(memory, a.target, a.sparse, group, a.size, j) !== 0;
      f64[at + bucket + (isPositive ? 0 : a.buckets)] += weight;
    }
  });
};

/** Of each output: Σ t, Σ t² and Σ (t − p)². */
export const residualSums: Kernel<KernelArguments<'residualSums'>> = (memory, pass, a) => {
  const { f32, f64 } = memory;
  countGroups(memory, pass, a, 3 * a.size, (group, weight, at) => {
    for (let j = 0; j < a.size; j++) {
      const t = f32[a.target + group * a.size + j];
      f64[at + j] += weight * t;
      f64[at + a.size + j] += weight * t * t;
      f64[at + 2 * a.size + j] += weight * (t - f32[a.prediction + group * a.size + j]) ** 2;
    }
  });
};
