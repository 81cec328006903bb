import type { UpdateCall } from '../kernels/updateCall.js';
import { belowOne, choice, optimizer, positive } from './definition.js';
import { gradientOf, weightOf } from './treatment.js';

export const adadelta = optimizer({
  kind: 'adadelta',
  arguments: { rho: belowOne(0.95), epsilon: positive(1e-7), divisor: choice('updated', 'previous') },
  /** rate, rho, epsilon, divisor (0 updated, 1 previous) · accumulated gradient, accumulated change */
  kernel: { name: 'adadelta', vectors: 2, scalars: 4, update },
  vectors: () => ['accumulatedGradient', 'accumulatedChange'],
  scalars: ({ rho, epsilon, divisor }, rate) => [rate, rho, epsilon, divisor === 'previous' ? 1 : 0],
});

/**
 * Adadelta (Zeiler, 2012) as in Keras 3: a = ρ·a + (1−ρ)·g², d = √(c + ε) / √(a + ε) · g, c = ρ·c + (1−ρ)·d²,
 * p −= rate·d. TensorFlow.js divides by the previous √(a + ε), from before g².
 */
function update(f32: Float32Array, call: UpdateCall): void {
  const [rate, rho, epsilon, isPrevious] = call.scalars;
  const [gradientAt, changeAt] = call.vectors;
  for (let e = call.from; e < call.to; e++) {
    const g = gradientOf(f32, call, e);
    const previous = f32[gradientAt + e];
    const accumulated = rho * previous + (1 - rho) * g * g;
    const divisor = Math.sqrt((isPrevious === 1 ? previous : accumulated) + epsilon);
    const change = (Math.sqrt(f32[changeAt + e] + epsilon) * g) / divisor;
    f32[gradientAt + e] = accumulated;
    f32[changeAt + e] = rho * f32[changeAt + e] + (1 - rho) * change * change;
    f32[call.parameters + e] = weightOf(f32, call, e) - rate * change;
  }
}
