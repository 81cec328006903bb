import type { UpdateCall } from '../kernels/updateCall.js';
import { nonNegative, optimizer, positive } from './definition.js';
import { gradientOf, weightOf } from './treatment.js';

export const adagrad = optimizer({
  kind: 'adagrad',
  arguments: { initialAccumulatorValue: nonNegative(0.1), epsilon: positive(1e-7) },
  /** rate, epsilon · accumulator */
  kernel: { name: 'adagrad', vectors: 1, scalars: 2, update },
  vectors: () => ['accumulator'],
  initialValues: ({ initialAccumulatorValue }) => [initialAccumulatorValue],
  scalars: ({ epsilon }, rate) => [rate, epsilon],
});

/** Adagrad (Duchi, Hazan and Singer, 2011) as in Keras 3: a += g², p −= rate·g / √(a + ε). */
function update(f32: Float32Array, call: UpdateCall): void {
  const [rate, epsilon] = call.scalars;
  const [accumulatorAt] = call.vectors;
  for (let e = call.from; e < call.to; e++) {
    const g = gradientOf(f32, call, e);
    const accumulator = f32[accumulatorAt + e] + g * g;
    f32[accumulatorAt + e] = accumulator;
    f32[call.parameters + e] = weightOf(f32, call, e) - (rate * g) / Math.sqrt(accumulator + epsilon);
  }
}
