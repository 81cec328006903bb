import type { UpdateCall } from '../../updateCall.js';

/** Moving averages of the weights: a = momentum·a + (1−momentum)·p. */
export function average(f32: Float32Array, { parameters, vectors, scalars, from, to }: UpdateCall): void {
  const [averageAt] = vectors;
  const [momentum] = scalars;
  for (let e = from; e < to; e++) {
    f32[averageAt + e] = momentum * f32[averageAt + e] + (1 - momentum) * f32[parameters + e];
  }
}
