import type { UpdateCall } from '../kernels/updateCall.js';
import { belowOne, nonNegative, optimizer, positive } from './definition.js';
import { powerOf } from './powerOf.js';
import { gradientOf, weightOf } from './treatment.js';

export const scheduleFreeAdamW = optimizer({
  kind: 'schedulefreeadamw',
  arguments: {
    learningRate: nonNegative(0.0025),
    beta1: belowOne(0.9),
    beta2: belowOne(0.999),
    epsilon: positive(1e-8),
    warmupSteps: nonNegative(0),
  },
  /** rate, beta1, beta2, correction of v, epsilon, weight of the point · offset of the point, v */
  kernel: { name: 'scheduleFreeAdamW', vectors: 2, scalars: 6, update },
  vectors: () => ['offset', 'v'],
  scalars: ({ beta1, beta2, epsilon, warmupSteps }, rate, update) => {
    const warm = warmupSteps > 0 ? Math.min((update + 1) / warmupSteps, 1) : 1;
    return [rate * warm, beta1, beta2, 1 / (1 - powerOf(beta2, update + 1)), epsilon, 1 / (update + 1)];
  },
});

/**
 * Schedule-free AdamW (Defazio et al., "The road less scheduled", 2024) as in Keras 3. Gradients are taken at the weights
 * y = (1−β1)·z + β1·x between a point z, which Adam moves without momentum, and the mean x of all points. Beside y it is the
 * offset z − y that is kept, so that the point begins at the weights wherever they are.
 */
function update(f32: Float32Array, call: UpdateCall): void {
  const [rate, beta1, beta2, correction, epsilon, weight] = call.scalars;
  const [offsetAt, vAt] = call.vectors;
  for (let e = call.from; e < call.to; e++) {
    const g = gradientOf(f32, call, e);
    const z = f32[call.parameters + e] + f32[offsetAt + e];
    const v = beta2 * f32[vAt + e] + (1 - beta2) * g * g;
    const next = z - (rate * g) / (Math.sqrt(v * correction) + epsilon);
    // β1 times the mean so far, of which y is made.
    const mean = weightOf(f32, call, e) - (1 - beta1) * z;
    const y = (1 - beta1) * next + (1 - weight) * mean + weight * beta1 * next;
    f32[vAt + e] = v;
    f32[offsetAt + e] = next - y;
    f32[call.parameters + e] = y;
  }
}
