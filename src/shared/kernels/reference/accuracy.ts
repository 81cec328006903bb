import type { Kernel, KernelMemory } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { sumGroups } from './groups.js';

type CategoricalArguments = KernelArguments<'categoricalAccuracy'>;
type TargetPlace = Pick<CategoricalArguments, 'target' | 'size' | 'sparse'>;

/** A group's value: the share of its elements with (prediction > threshold) = target. */
export const binaryAccuracy: Kernel<KernelArguments<'binaryAccuracy'>> = (memory, pass, a) => {
  const { f32 } = memory;
  sumGroups(memory, pass, a, (group) => {
    let right = 0;
    for (let e = group * a.size; e < (group + 1) * a.size; e++) {
      if ((f32[a.prediction + e] > a.threshold ? 1 : 0) === f32[a.target + e]) right++;
    }
    return right / a.size;
  });
};

/** A group's value: whether its largest prediction is at the target's class. */
export const categoricalAccuracy: Kernel<CategoricalArguments> = (memory, pass, a) => {
  sumGroups(memory, pass, a, (group) => {
    const found = firstLargest(memory.f32, a.prediction + group * a.size, a.size);
    return Number(found >= 0 && found === targetClass(memory, a, group));
  });
};

/** Σ weight over groups whose target's prediction is a number and has fewer than `top` larger ones. */
export const topKAccuracy: Kernel<KernelArguments<'topKAccuracy'>> = (memory, pass, a) => {
  const { f32 } = memory;
  sumGroups(memory, pass, a, (group) => {
    const p = a.prediction + group * a.size;
    const wanted = targetClass(memory, a, group);
    if (wanted < 0 || wanted >= a.size) return 0;
    const own = f32[p + wanted];
    let larger = 0;
    for (let j = 0; j < a.size; j++) if (f32[p + j] > own) larger++;
    return Number(!Number.isNaN(own) && larger < a.top);
  });
};

function targetClass({ f32, i32 }: KernelMemory, a: TargetPlace, group: number): number {
  return a.sparse ? i32[a.target + group] : firstLargest(f32, a.target + group * a.size, a.size);
}

/** Position of the first of the largest values; a NaN is never one. −1 where there is nothing else. */
function firstLargest(f32: Float32Array, at: number, size: number): number {
  let largest = -1;
  for (let j = 0; j < size; j++) {
    const isLarger = largest < 0 ? !Number.isNaN(f32[at + j]) : f32[at + j] > f32[at + largest];
    if (isLarger) largest = j;
  }
  return largest;
}
