import { decayed, type SgdSpec, type UpdateSlice } from '../../optimizers.js';
import type { KernelMemory } from '../pass.js';

/**
 * SGD as in Keras 2. With momentum: u = momentum·u − lr·g and p += u, or p += momentum·u − lr·g where `nesterov`;
 * without: p −= lr·g.
 */
export function sgdUpdate(
  memory: KernelMemory,
  spec: SgdSpec,
  slice: UpdateSlice,
  learningRate: number,
  step: number,
): void {
  const rate = decayed(learningRate, spec.decay, step);
  if (spec.momentum > 0) momentumUpdate(memory, spec, slice, rate);
  else plainUpdate(memory, slice, rate);
}

function plainUpdate({ f32 }: KernelMemory, slice: UpdateSlice, rate: number): void {
  for (let e = slice.from; e < slice.to; e++) f32[slice.parameters + e] -= rate * f32[slice.gradient + e];
}

function momentumUpdate({ f32 }: KernelMemory, spec: SgdSpec, slice: UpdateSlice, rate: number): void {
  const { momentum, nesterov } = spec;
  const [velocityAt] = slice.moments;
  for (let e = slice.from; e < slice.to; e++) {
    const pull = rate * f32[slice.gradient + e];
    const velocity = momentum * f32[velocityAt + e] - pull;
    f32[velocityAt + e] = velocity;
    f32[slice.parameters + e] += nesterov ? momentum * velocity - pull : velocity;
  }
}
