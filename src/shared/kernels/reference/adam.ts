import { type AdamSpec, adamStepSize, type UpdateSlice } from '../../optimizers.js';
import type { KernelMemory } from '../pass.js';

/**
 * Adam (Kingma and Ba, 2015; amsgrad: Reddi, Kale and Kumar, 2018) with the step size of Keras 2:
 * m = β1·m + (1−β1)·g, v = β2·v + (1−β2)·g², p −= α_t · m / (√v + ε); amsgrad takes the largest v so far instead of v.
 */
export function adamUpdate(
  { f32 }: KernelMemory,
  spec: AdamSpec,
  slice: UpdateSlice,
  learningRate: number,
  step: number,
): void {
  const { beta1, beta2, epsilon, amsgrad } = spec;
  const stepSize = adamStepSize(spec, learningRate, step);
  const [mAt, vAt, vMaxAt] = slice.moments;
  for (let e = slice.from; e < slice.to; e++) {
    const g = f32[slice.gradient + e];
    const m = beta1 * f32[mAt + e] + (1 - beta1) * g;
    const v = beta2 * f32[vAt + e] + (1 - beta2) * g * g;
    const divisor = amsgrad ? Math.max(f32[vMaxAt + e], v) : v;
    f32[mAt + e] = m;
    f32[vAt + e] = v;
    if (amsgrad) f32[vMaxAt + e] = divisor;
    f32[slice.parameters + e] -= (stepSize * m) / (Math.sqrt(divisor) + epsilon);
  }
}
