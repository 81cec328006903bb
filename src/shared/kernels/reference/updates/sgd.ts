import type { UpdateCall } from '../../updates.js';
import { gradientOf, weightOf } from './treatment.js';

/**
 * SGD as in Keras. With momentum: u = momentum·u − rate·g and p += u, or p += momentum·u − rate·g where nesterov;
 * without: p −= rate·g.
 */
export function sgd(f32: Float32Array, call: UpdateCall): void {
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
