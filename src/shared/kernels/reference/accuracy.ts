import type { Kernel, KernelMemory } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { sumRows } from './sumRows.js';

type CategoricalArguments = KernelArguments<'categoricalAccuracy'>;

/** A row's value: the share of its elements with (prediction > threshold) = target. */
export const binaryAccuracy: Kernel<KernelArguments<'binaryAccuracy'>> = (memory, pass, a) => {
  const { f32 } = memory;
  sumRows(memory, pass, a.sum, (row) => {
    let right = 0;
    for (let e = row * a.size; e < (row + 1) * a.size; e++) {
      if ((f32[a.prediction + e] > a.threshold ? 1 : 0) === f32[a.target + e]) right++;
    }
    return right / a.size;
  });
};

/** A row's value: the share of its groups whose largest prediction is at the target's class. */
export const categoricalAccuracy: Kernel<CategoricalArguments> = (memory, pass, a) => {
  sumRows(memory, pass, a.sum, (row) => {
    let right = 0;
    for (let group = row * a.groups; group < (row + 1) * a.groups; group++) {
      if (firstLargest(memory.f32, a.prediction + group * a.size, a.size) === targetClass(memory, a, group)) right++;
    }
    return right / a.groups;
  });
};

function targetClass({ f32, i32 }: KernelMemory, a: CategoricalArguments, group: number): number {
  return a.sparse ? i32[a.target + group] : firstLargest(f32, a.target + group * a.size, a.size);
}

/** Position of the first of the largest values. */
function firstLargest(f32: Float32Array, at: number, size: number): number {
  let largest = 0;
  for (let j = 1; j < size; j++) if (f32[at + j] > f32[at + largest]) largest = j;
  return largest;
}
