import type { UpdateCall } from '../kernels/updateCall.js';
import { belowOne, choice, flag, optimizer, positive } from './definition.js';
import { gradientOf, weightOf } from './treatment.js';

export const rmsprop = optimizer({
  kind: 'rmsprop',
  arguments: {
    rho: belowOne(0.9),
    momentum: belowOne(0),
    epsilon: positive(1e-7),
    centered: flag(false),
    centeredEpsilon: choice('added', 'subtracted'),
  },
  /** rate, rho, momentum, epsilon · velocity, mean gradient?, momentum? */
  kernel: { name: 'rmsprop', vectors: 3, scalars: 4, update },
  vectors: ({ centered, momentum }) => ['velocity', centered ? 'meanGradient' : null, momentum > 0 ? 'momentum' : null],
  scalars: ({ rho, momentum, epsilon, centered, centeredEpsilon }, rate) => {
    return [rate, rho, momentum, centered && centeredEpsilon === 'subtracted' ? -epsilon : epsilon];
  },
});

/**
 * RMSprop (Hinton, 2012; centered: Graves, 2013) as in Keras 3: v = ρ·v + (1−ρ)·g², d = rate·g / √(v + ε), where
 * centered √(v − ḡ² + ε) with ḡ = ρ·ḡ + (1−ρ)·g; p −= d, or with momentum b = momentum·b + d and p −= b. TensorFlow.js,
 * where centered, subtracts ε, and has NaN for a variance below it, as of a gradient of 0; here the root is that of |v − ḡ² − ε|.
 */
function update(f32: Float32Array, call: UpdateCall): void {
  const [rate, rho, momentum, epsilon] = call.scalars;
  const [velocityAt, meanAt, momentumAt] = call.vectors;
  for (let e = call.from; e < call.to; e++) {
    const g = gradientOf(f32, call, e);
    const velocity = rho * f32[velocityAt + e] + (1 - rho) * g * g;
    f32[velocityAt + e] = velocity;
    let variance = velocity;
    if (meanAt >= 0) {
      const mean = rho * f32[meanAt + e] + (1 - rho) * g;
      f32[meanAt + e] = mean;
      variance -= mean * mean;
    }
    let change = (rate * g) / Math.sqrt(Math.abs(variance + epsilon));
    if (momentumAt >= 0) {
      change += momentum * f32[momentumAt + e];
      f32[momentumAt + e] = change;
    }
    f32[call.parameters + e] = weightOf(f32, call, e) - change;
  }
}
