import type { UpdateCall } from '../kernels/updateCall.js';
import { belowOne, optimizer, positive } from './definition.js';
import { powerOf } from './powerOf.js';
import { gradientOf, weightOf } from './treatment.js';

export const adamax = optimizer({
  kind: 'adamax',
  arguments: { beta1: belowOne(0.9), beta2: belowOne(0.999), epsilon: positive(1e-7) },
  /** step size, beta1, beta2, epsilon · m, u */
  kernel: { name: 'adamax', vectors: 2, scalars: 4, update },
  vectors: () => ['m', 'u'],
  scalars: ({ beta1, beta2, epsilon }, rate, update) => [
    rate / (1 - powerOf(beta1, update + 1)),
    beta1,
    beta2,
    epsilon,
  ],
});

/** Adamax (Kingma and Ba, 2015, section 7.1): u = max(β2·u, |g|), p −= α_t · m / (u + ε). */
function update(f32: Float32Array, call: UpdateCall): void {
  const [stepSize, beta1, beta2, epsilon] = call.scalars;
  const [mAt, uAt] = call.vectors;
  for (let e = call.from; e < call.to; e++) {
    const g = gradientOf(f32, call, e);
    const m = beta1 * f32[mAt + e] + (1 - beta1) * g;
    const u = Math.max(beta2 * f32[uAt + e], Math.abs(g));
    f32[mAt + e] = m;
    f32[uAt + e] = u;
    f32[call.parameters + e] = weightOf(f32, call, e) - (stepSize * m) / (u + epsilon);
  }
}
