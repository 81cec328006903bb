import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';

/** max(x) and Σ e^(x − max) of one group: softmax(x) = e^(x − max) / sum. */
export interface Normalizer {
  max: number;
  sum: number;
}

/** Sets `into` for the group x (size). */
export function normalize(f32: Float32Array, x: number, size: number, into: Normalizer): void {
  let max = f32[x];
  for (let j = 1; j < size; j++) max = Math.max(max, f32[x + j]);
  let sum = 0;
  for (let j = 0; j < size; j++) sum += Math.exp(f32[x + j] - max);
  into.max = max;
  into.sum = sum;
}

const group: Normalizer = { max: 0, sum: 0 };

/** y (groups, size) = e^(x − max) / Σ e^(x − max) over the last axis, for every row. y may be x. */
export const softmaxForward: Kernel<KernelArguments<'softmaxForward'>> = ({ f32 }, pass, a) => {
  const end = (pass.firstRow + pass.rows) * a.groups;
  for (let record = pass.firstRow * a.groups; record < end; record++) {
    const x = a.x + record * a.size;
    const y = a.y + record * a.size;
    normalize(f32, x, a.size, group);
    for (let j = 0; j < a.size; j++) f32[y + j] = Math.exp(f32[x + j] - group.max) / group.sum;
  }
};

/** dx (groups, size) = y ∘ (dy − Σ dy∘y) over the last axis, for every row. dx may be dy. */
export const softmaxBackward: Kernel<KernelArguments<'softmaxBackward'>> = ({ f32 }, pass, a) => {
  const end = (pass.firstRow + pass.rows) * a.groups;
  for (let record = pass.firstRow * a.groups; record < end; record++) {
    const y = a.y + record * a.size;
    const dy = a.dy + record * a.size;
    const dx = a.dx + record * a.size;
    let dot = 0;
    for (let j = 0; j < a.size; j++) dot += f32[dy + j] * f32[y + j];
    for (let j = 0; j < a.size; j++) f32[dx + j] = f32[y + j] * (f32[dy + j] - dot);
  }
};
