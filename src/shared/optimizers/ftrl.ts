import type { UpdateCall } from '../kernels/updateCall.js';
import { nonNegative, nonPositive, optimizer } from './definition.js';
import { gradientOf, weightOf } from './treatment.js';

export const ftrl = optimizer({
  kind: 'ftrl',
  arguments: {
    learningRatePower: nonPositive(-0.5),
    initialAccumulatorValue: nonNegative(0.1),
    l1RegularizationStrength: nonNegative(0),
    l2RegularizationStrength: nonNegative(0),
    l2ShrinkageRegularizationStrength: nonNegative(0),
    beta: nonNegative(0),
  },
  /** rate, power, l1, l2 with what beta adds, shrinkage · accumulator, linear */
  kernel: { name: 'ftrl', vectors: 2, scalars: 5, update },
  vectors: () => ['accumulator', 'linear'],
  initialValues: ({ initialAccumulatorValue }) => [initialAccumulatorValue, 0],
  scalars: (spec, rate) => [
    rate,
    -spec.learningRatePower,
    spec.l1RegularizationStrength,
    spec.l2RegularizationStrength + spec.beta / (2 * rate),
    spec.l2ShrinkageRegularizationStrength,
  ],
});

/**
 * FTRL-Proximal (McMahan et al., "Ad click prediction: a view from the trenches", 2013) as in Keras 3, with shrinkage:
 * a′ = a + g², z += g + 2·shrinkage·p − (a′^power − a^power) / rate · p, p = (clip(z, ±l1) − z) / (a′^power / rate + 2·l2).
 */
function update(f32: Float32Array, call: UpdateCall): void {
  const [rate, power, l1, l2, shrinkage] = call.scalars;
  const [accumulatorAt, linearAt] = call.vectors;
  for (let e = call.from; e < call.to; e++) {
    const g = gradientOf(f32, call, e);
    const p = weightOf(f32, call, e);
    const before = f32[accumulatorAt + e];
    const after = before + g * g;
    const root = after ** power / rate;
    const linear = f32[linearAt + e] + g + 2 * shrinkage * p - (root - before ** power / rate) * p;
    f32[accumulatorAt + e] = after;
    f32[linearAt + e] = linear;
    // Where nothing was ever accumulated there is nothing to go by.
    const divisor = root + 2 * l2;
    f32[call.parameters + e] = divisor === 0 ? p : (Math.max(-l1, Math.min(l1, linear)) - linear) / divisor;
  }
}
