import type { Kernel, KernelMemory, Pass } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { sumRows, targetElement } from './sumRows.js';

type CategoricalArguments = KernelArguments<'categoricalCrossentropy'>;

/** Keras's clip of probabilities to [1e-7, 1 − 1e-7], both ends rounded to float32 as Keras's are. */
const CLIP_LOW = Math.fround(1e-7);
const CLIP_HIGH = Math.fround(1 - 1e-7);

/** A NaN stays NaN. */
const clip = (p: number): number => Math.min(Math.max(p, CLIP_LOW), CLIP_HIGH);

/** Where the clip is active the gradient is zero, as in TensorFlow; a value at an end is not clipped. */
const isClipped = (p: number): boolean => p < CLIP_LOW || p > CLIP_HIGH;

/** A row's loss: the mean over its elements of (p − t)². */
export const meanSquaredError: Kernel<KernelArguments<'meanSquaredError'>> = (memory, pass, a) => {
  const { f32 } = memory;
  const seed = 1 / (a.size * pass.batchRows);
  sumRows(memory, pass, a.sum, (row) => {
    let loss = 0;
    for (let e = row * a.size; e < (row + 1) * a.size; e++) {
      const error = f32[a.prediction + e] - f32[a.target + e];
      loss += error * error;
      if (a.gradient >= 0) f32[a.gradient + e] = 2 * error * seed;
    }
    return loss / a.size;
  });
};

/** A row's loss: the mean over its elements of −t·log p − (1−t)·log(1−p), p clipped. */
export const binaryCrossentropy: Kernel<KernelArguments<'binaryCrossentropy'>> = (memory, pass, a) => {
  const { f32 } = memory;
  const seed = 1 / (a.size * pass.batchRows);
  sumRows(memory, pass, a.sum, (row) => {
    let loss = 0;
    for (let e = row * a.size; e < (row + 1) * a.size; e++) {
      const prediction = f32[a.prediction + e];
      const target = f32[a.target + e];
      const p = clip(prediction);
      loss -= target * Math.log(p) + (1 - target) * Math.log(1 - p);
      if (a.gradient >= 0) {
        f32[a.gradient + e] = isClipped(prediction) ? 0 : ((1 - target) / (1 - p) - target / p) * seed;
      }
    }
    return loss / a.size;
  });
};

/** A row's loss: the mean over groups of −Σ t·log(clip(p / Σp)). */
export const categoricalCrossentropy: Kernel<CategoricalArguments> = (memory, pass, a) => {
  sumRows(memory, pass, a.sum, (row) => {
    let loss = 0;
    for (let g = 0; g < a.groups; g++) {
      loss += groupLoss(memory, a, row * a.groups + g);
      if (a.gradient >= 0) writeGroupGradient(memory, pass, a, row * a.groups + g);
    }
    return loss / a.groups;
  });
};

function groupLoss(memory: KernelMemory, a: CategoricalArguments, group: number): number {
  const p = a.prediction + group * a.size;
  const total = groupTotal(memory.f32, p, a.size);
  let loss = 0;
  for (let j = 0; j < a.size; j++) {
    const target = targetElement(memory, a.target, a.sparse, group, a.size, j);
    loss -= target * Math.log(clip(memory.f32[p + j] / total));
  }
  return loss;
}

/** With q = p / Σp and s_j = ∂loss/∂q_j, the gradient of a group's loss is (s_i − Σ s_j·q_j) / Σp. */
function writeGroupGradient(memory: KernelMemory, pass: Pass, a: CategoricalArguments, group: number): void {
  const { f32 } = memory;
  const p = a.prediction + group * a.size;
  const total = groupTotal(f32, p, a.size);
  const seed = 1 / (a.groups * pass.batchRows * total);
  let common = 0;
  for (let j = 0; j < a.size; j++) {
    const target = targetElement(memory, a.target, a.sparse, group, a.size, j);
    common += logSlope(f32[p + j] / total, target) * (f32[p + j] / total);
  }
  for (let j = 0; j < a.size; j++) {
    const target = targetElement(memory, a.target, a.sparse, group, a.size, j);
    f32[a.gradient + group * a.size + j] = (logSlope(f32[p + j] / total, target) - common) * seed;
  }
}

/** The derivative of −t·log(clip(q)) by q. */
const logSlope = (q: number, target: number): number => (isClipped(q) ? 0 : -target / q);

function groupTotal(f32: Float32Array, p: number, size: number): number {
  let total = 0;
  for (let j = 0; j < size; j++) total += f32[p + j];
  return total;
}
