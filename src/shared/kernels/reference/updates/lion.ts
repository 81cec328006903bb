import type { UpdateCall } from '../../updates.js';
import { gradientOf, weightOf } from './treatment.js';

/** Lion (Chen et al., 2023): p −= rate · sign(β1·m + (1−β1)·g), m = β2·m + (1−β2)·g. */
export function lion(f32: Float32Array, call: UpdateCall): void {
  const [rate, beta1, beta2] = call.scalars;
  const [mAt] = call.vectors;
  for (let e = call.from; e < call.to; e++) {
    const g = gradientOf(f32, call, e);
    const m = f32[mAt + e];
    f32[mAt + e] = beta2 * m + (1 - beta2) * g;
    f32[call.parameters + e] = weightOf(f32, call, e) - rate * Math.sign(beta1 * m + (1 - beta1) * g);
  }
}
