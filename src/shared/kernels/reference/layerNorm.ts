import type { Kernel, KernelMemory } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { addRecords, foldShards } from './foldShards.js';

/** Ba, Kiros and Hinton, "Layer normalization", 2016. A row is (groups, size), each group normalized by itself. */

export const layerNormForward: Kernel<KernelArguments<'layerNormForward'>> = (memory, pass, a) => {
  const { f32 } = memory;
  for (let group = pass.firstRow * a.groups; group < (pass.firstRow + pass.rows) * a.groups; group++) {
    const at = group * a.size;
    const mean = Math.fround(meanOf(f32, a.x + at, a.size));
    const scale = Math.fround(1 / Math.sqrt(varianceOf(f32, a.x + at, a.size, mean) + a.epsilon));
    f32[a.statistics + 2 * group] = mean;
    f32[a.statistics + 2 * group + 1] = scale;
    for (let j = 0; j < a.size; j++) {
      const normalized = (f32[a.x + at + j] - mean) * scale;
      f32[a.y + at + j] = weight(memory, a.gamma, j, 1) * normalized + weight(memory, a.beta, j, 0);
    }
  }
};

export const layerNormInputGradient: Kernel<KernelArguments<'layerNormInputGradient'>> = (memory, pass, a) => {
  const { f32 } = memory;
  for (let group = pass.firstRow * a.groups; group < (pass.firstRow + pass.rows) * a.groups; group++) {
    const at = group * a.size;
    const scale = f32[a.statistics + 2 * group + 1];
    const gradient = (j: number): number => weight(memory, a.gamma, j, 1) * f32[a.dy + at + j];
    const normalized = (j: number): number => (f32[a.x + at + j] - f32[a.statistics + 2 * group]) * scale;
    let sum = 0;
    let product = 0;
    for (let j = 0; j < a.size; j++) {
      sum += gradient(j);
      product += gradient(j) * normalized(j);
    }
    for (let j = 0; j < a.size; j++) {
      f32[a.dx + at + j] = (gradient(j) - sum / a.size - (normalized(j) * product) / a.size) * scale;
    }
  }
};

export const layerNormWeightGradient: Kernel<KernelArguments<'layerNormWeightGradient'>> = (memory, pass, a) => {
  const { f32 } = memory;
  if (a.gamma >= 0) {
    foldShards(memory, pass, a.gamma, a.size, (from, to, sum) => {
      for (let group = from * a.groups; group < to * a.groups; group++) {
        const at = group * a.size;
        const [mean, scale] = [f32[a.statistics + 2 * group], f32[a.statistics + 2 * group + 1]];
        for (let j = 0; j < a.size; j++) sum[j] += f32[a.dy + at + j] * (f32[a.x + at + j] - mean) * scale;
      }
    });
  }
  if (a.beta < 0) return;
  foldShards(memory, pass, a.beta, a.size, (from, to, sum) =>
    addRecords(f32, a.dy, a.size, from * a.groups, to * a.groups, sum),
  );
};

function meanOf(f32: Float32Array, x: number, size: number): number {
  let sum = 0;
  for (let j = 0; j < size; j++) sum += f32[x + j];
  return Math.fround(sum) / size;
}

/** Rounded where it is a sum of squares: what is too large for float32 is infinite, as in the native kernels and in Keras. */
function varianceOf(f32: Float32Array, x: number, size: number, mean: number): number {
  let sum = 0;
  for (let j = 0; j < size; j++) sum += (f32[x + j] - mean) ** 2;
  return Math.fround(sum) / size;
}

/** Element j of gamma or beta, or what stands in for an absent one. */
function weight({ f32, parameters }: KernelMemory, offset: number, j: number, absent: number): number {
  return offset < 0 ? absent : f32[parameters + offset + j];
}
