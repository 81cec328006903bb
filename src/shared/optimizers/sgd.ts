import type { UpdateCall } from '../kernels/updateCall.js';
import { belowOne, flag, nonNegative, optimizer } from './definition.js';
import { gradientOf, weightOf } from './treatment.js';

/** Stochastic gradient descent. */
export const sgd = optimizer({
  kind: 'sgd',
  arguments: { learningRate: nonNegative(0.01), momentum: belowOne(0), nesterov: flag(false) },
  /** rate, momentum, nesterov (0 or 1) · velocity? */
  kernel: { name: 'sgd', vectors: 1, scalars: 3, update },
  vectors: ({ momentum }) => [momentum > 0 ? 'velocity' : null],
  scalars: ({ momentum, nesterov }, rate) => [rate, momentum, nesterov ? 1 : 0],
});

/**
 * SGD as in Keras. With momentum: u = momentum·u − rate·g and p += u, or p += momentum·u − rate·g where nesterov;
 * without: p −= rate·g.
 */
function update(f32: Float32Array, call: UpdateCall): void {
  const [rate, momentum, nesterov] = call.scalars;
  const [velocityAt] = call.vectors;
  for (let e = call.from; e < call.to; e++) {
    const pull = rate * gradientOf(f32, call, e);
    const weight = weightOf(f32, call, e);
    if (velocityAt < 0) {
      f32[call.parameters + e] = weight - pull;
      continue;
    }
    const velocity = momentum * f32[velocityAt + e] - pull;
    f32[velocityAt + e] = velocity;
    f32[call.parameters + e] = weight + (nesterov === 1 ? momentum * velocity - pull : velocity);
  }
}
