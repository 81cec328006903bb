import type { UpdateCall } from '../kernels/updateCall.js';
import { belowOne, optimizer } from './definition.js';
import { gradientOf, weightOf } from './treatment.js';

export const lion = optimizer({
  kind: 'lion',
  arguments: { beta1: belowOne(0.9), beta2: belowOne(0.99) },
  /** rate, beta1, beta2 · m */
  kernel: { name: 'lion', vectors: 1, scalars: 3, update },
  vectors: () => ['m'],
  scalars: ({ beta1, beta2 }, rate) => [rate, beta1, beta2],
});

/** Lion (Chen et al., 2023): p −= rate · sign(β1·m + (1−β1)·g), m = β2·m + (1−β2)·g. */
function update(f32: Float32Array, call: UpdateCall): void {
  const [rate, beta1, beta2] = call.scalars;
  const [mAt] = call.vectors;
  for (let e = call.from; e < call.to; e++) {
    const g = gradientOf(f32, call, e);
    const m = f32[mAt + e];
    f32[mAt + e] = beta2 * m + (1 - beta2) * g;
    f32[call.parameters + e] = weightOf(f32, call, e) - rate * Math.sign(beta1 * m + (1 - beta1) * g);
  }
}
