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
  sumGroups(memory, pass, a, (group) =>
    Number(firstLargest(memory.f32, a.prediction + group * a.size, a.size) === targetClass(memory, a, group)),
  );
};

/** Σ weight over groups whose target's prediction has fewer than `top` larger ones. */
export const topKAccuracy: Kernel<KernelArguments<'topKAccuracy'>> = (memory, pass, a) => {
  const { f32 } = memory;
  sumGroups(memory, pass, a, (group) => {
    const p = a.prediction + group * a.size;
    const own = f32[p + targetClass(memory, a, group)];
    let larger = 0;
    for (let j = 0; j < a.size; j++) if (f32[p + j] > own) larger++;
    return Number(larger < a.top);
  });
};

function targetClass({ f32, i32 }: KernelMemory, a: TargetPlace, group: number): number {
  return a.sparse ? i32[a.target + group] : firstLargest(f32, a.target + group * a.size, a.size);
}

/** Position of the first of the largest values. */
function firstLargest(f32: Float32Array, at: number, size: number): number {
  let largest = 0;
  for (let j = 1; j < size; j++) if (f32[at + j] > f32[at + largest]) largest = j;
  return largest;
}
