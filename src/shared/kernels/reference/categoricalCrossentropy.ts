import type { Kernel, KernelMemory } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { clip, isClipped } from './clip.js';
import { flushed } from './denormals.js';
import { sumLosses } from './groups.js';
import { targetElement } from './sumRows.js';

type Arguments = KernelArguments<'categoricalCrossentropy'>;

/** A group's loss: −alpha · Σ t·(1 − q)^gamma·log q with q = clip(p / Σp). */
export const categoricalCrossentropy: Kernel<Arguments> = (memory, pass, a) => {
  sumLosses(memory, pass, a, (group, seed) => {
    if (a.gradient >= 0) writeGradient(memory, a, group, seed);
    return groupLoss(memory, a, group);
  });
};

function groupLoss(memory: KernelMemory, a: Arguments, group: number): number {
  const p = a.prediction + group * a.size;
  const total = groupTotal(memory.f32, p, a.size);
  let loss = 0;
  for (let j = 0; j < a.size; j++) {
    const q = clip(flushed(memory.f32[p + j]) / total);
    loss -= a.alpha * smoothedTarget(memory, a, group, j) * (1 - q) ** a.gamma * Math.log(q);
  }
  return loss;
}

/** With q = p / Σp and s_j = ∂loss/∂q_j, the gradient of a group's loss is (s_i − Σ s_j·q_j) / Σp. */
function writeGradient(memory: KernelMemory, a: Arguments, group: number, seed: number): void {
  const { f32 } = memory;
  const p = a.prediction + group * a.size;
  const total = groupTotal(f32, p, a.size);
  let common = 0;
  for (let j = 0; j < a.size; j++) {
    const q = flushed(f32[p + j]) / total;
    common += slope(q, smoothedTarget(memory, a, group, j), a) * q;
  }
  for (let j = 0; j < a.size; j++) {
    const own = slope(flushed(f32[p + j]) / total, smoothedTarget(memory, a, group, j), a);
    f32[a.gradient + group * a.size + j] = ((own - common) * seed) / total;
  }
}

/** The derivative of −alpha·t·(1 − q)^gamma·log q by q; zero where the clip acts. */
function slope(q: number, target: number, { alpha, gamma }: Arguments): number {
  if (isClipped(q)) return 0;
  const focus = gamma === 0 ? 0 : gamma * (1 - q) ** (gamma - 1) * Math.log(q);
  return alpha * target * (focus - (1 - q) ** gamma / q);
}

function smoothedTarget(memory: KernelMemory, a: Arguments, group: number, j: number): number {
  return targetElement(memory, a.target, a.sparse, group, a.size, j) * (1 - a.smoothing) + a.smoothing / a.size;
}

function groupTotal(f32: Float32Array, p: number, size: number): number {
  let total = 0;
  for (let j = 0; j < size; j++) total += f32[p + j];
  return flushed(total);
}
