import type { UpdateCall } from '../kernels/updateCall.js';
import { belowOne, optimizer, positive } from './definition.js';
import { powerOf } from './powerOf.js';
import { gradientOf, weightOf } from './treatment.js';

export const lamb = optimizer({
  kind: 'lamb',
  arguments: { beta1: belowOne(0.9), beta2: belowOne(0.999), epsilon: positive(1e-7) },
  /** rate, beta1, beta2, corrections of m and v, epsilon · m, v */
  kernel: { name: 'lamb', vectors: 2, scalars: 6, whole: true, update },
  vectors: () => ['m', 'v'],
  scalars: ({ beta1, beta2, epsilon }, rate, update) => [
    ...[rate, beta1, beta2],
    ...[1 / (1 - powerOf(beta1, update + 1)), 1 / (1 - powerOf(beta2, update + 1)), epsilon],
  ],
});

/**
 * LAMB (You et al., "Large batch optimization for deep learning", 2020) as in Keras 3: u = m̂ / (√v̂ + ε) of a whole weight,
 * p −= rate · |p| / |u| · u, or rate · u where either length is 0. u takes the place of the gradient.
 */
function update(f32: Float32Array, call: UpdateCall): void {
  const [rate, beta1, beta2, correction1, correction2, epsilon] = call.scalars;
  const [mAt, vAt] = call.vectors;
  let [ofWeight, ofDirection] = [0, 0];
  for (let e = call.from; e < call.to; e++) {
    const g = gradientOf(f32, call, e);
    const m = beta1 * f32[mAt + e] + (1 - beta1) * g;
    const v = beta2 * f32[vAt + e] + (1 - beta2) * g * g;
    const direction = (m * correction1) / (Math.sqrt(v * correction2) + epsilon);
    f32[mAt + e] = m;
    f32[vAt + e] = v;
    f32[call.gradient + e] = direction;
    ofDirection += direction * direction;
    ofWeight += weightOf(f32, call, e) ** 2;
  }
  const step = rate * (ofDirection > 0 && ofWeight > 0 ? Math.sqrt(ofWeight / ofDirection) : 1);
  for (let e = call.from; e < call.to; e++) {
    f32[call.parameters + e] = weightOf(f32, call, e) - step * f32[call.gradient + e];
  }
}
