import type { UpdateCall } from '../kernels/updateCall.js';
import { belowOne, choice, flag, nonNegative, optimizer } from './definition.js';
import { gradientOf, weightOf } from './treatment.js';

/** Stochastic gradient descent. */
export const sgd = optimizer({
  kind: 'sgd',
  arguments: {
    learningRate: nonNegative(0.01),
    momentum: belowOne(0),
    nesterov: flag(false),
    velocityOf: choice('steps', 'gradients'),
  },
  /** rate of gradients, momentum, nesterov (0 or 1), rate of velocities · velocity? */
  kernel: { name: 'sgd', vectors: 1, scalars: 4, update },
  vectors: ({ momentum }) => [momentum > 0 ? 'velocity' : null],
  scalars: ({ momentum, nesterov, velocityOf }, rate) => {
    const isLate = momentum > 0 && velocityOf === 'gradients';
    return [isLate ? 1 : rate, momentum, nesterov ? 1 : 0, isLate ? rate : 1];
  },
});

/**
 * SGD as in Keras. With momentum: u = momentum·u − rate·g and p += u, or p += momentum·u − rate·g where nesterov;
 * without: p −= rate·g. With velocities of gradients, as in TensorFlow.js and PyTorch (there with the other sign):
 * u = momentum·u − g and p += rate·u, or p += rate·(momentum·u − g).
 */
function update(f32: Float32Array, call: UpdateCall): void {
  const [rate, momentum, nesterov, velocityRate] = call.scalars;
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
    f32[call.parameters + e] = weight + velocityRate * (nesterov === 1 ? momentum * velocity - pull : velocity);
  }
}
