import type { UpdateCall } from '../kernels/updateCall.js';
import { belowOne, choice, flag, nonNegative, optimizer, positive } from './definition.js';
import { powerOf } from './powerOf.js';
import { gradientOf, weightOf } from './treatment.js';

const estimates = {
  beta1: belowOne(0.9),
  beta2: belowOne(0.999),
  epsilon: positive(1e-7),
  amsgrad: flag(false),
  epsilonPlacement: choice('uncorrected', 'corrected'),
};

/** Step size, beta1, beta2, epsilon · m, v, largest v? */
const kernel = { name: 'adam', vectors: 3, scalars: 4, update } as const;

interface Estimates {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly amsgrad: boolean;
  /** Which root epsilon is added to: √v, or √v̂ with v̂ = v / (1−β2^t). */
  readonly epsilonPlacement?: 'uncorrected' | 'corrected';
}

const vectors = ({ amsgrad }: Estimates) => ['m', 'v', amsgrad ? 'vMax' : null];

/** m̂ / (√v̂ + ε) is √(1−β2^t) / (1−β1^t) · m / (√v + ε·√(1−β2^t)): the kernel is the same wherever epsilon is added. */
function scalars(spec: Estimates, rate: number, update: number): readonly number[] {
  const { beta1, beta2, epsilon, epsilonPlacement } = spec;
  const rootCorrection = Math.sqrt(1 - powerOf(beta2, update + 1));
  const stepSize = rate * (rootCorrection / (1 - powerOf(beta1, update + 1)));
  return [stepSize, beta1, beta2, epsilonPlacement === 'corrected' ? epsilon * rootCorrection : epsilon];
}

export const adam = optimizer({ kind: 'adam', arguments: estimates, kernel, vectors, scalars });

/** Adam that decays weights by default. */
export const adamW = optimizer({
  kind: 'adamw',
  arguments: { ...estimates, weightDecay: nonNegative(0.004) },
  kernel,
  vectors,
  scalars,
});

/**
 * Adam (Kingma and Ba, 2015; amsgrad: Reddi, Kale and Kumar, 2018) with the step size of Keras 2:
 * m = β1·m + (1−β1)·g, v = β2·v + (1−β2)·g², p −= α_t · m / (√v + ε); amsgrad takes the largest v so far instead of v.
 */
function update(f32: Float32Array, call: UpdateCall): void {
  const [stepSize, beta1, beta2, epsilon] = call.scalars;
  const [mAt, vAt, vMaxAt] = call.vectors;
  for (let e = call.from; e < call.to; e++) {
    const g = gradientOf(f32, call, e);
    const m = beta1 * f32[mAt + e] + (1 - beta1) * g;
    const v = beta2 * f32[vAt + e] + (1 - beta2) * g * g;
    const divisor = vMaxAt < 0 ? v : Math.max(f32[vMaxAt + e], v);
    f32[mAt + e] = m;
    f32[vAt + e] = v;
    if (vMaxAt >= 0) f32[vMaxAt + e] = divisor;
    f32[call.parameters + e] = weightOf(f32, call, e) - (stepSize * m) / (Math.sqrt(divisor) + epsilon);
  }
}
