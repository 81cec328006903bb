import type { UpdateCall } from '../kernels/updateCall.js';
import { belowOne, optimizer, positive } from './definition.js';
import { powerOf } from './powerOf.js';
import { gradientOf, weightOf } from './treatment.js';

export const nadam = optimizer({
  kind: 'nadam',
  arguments: { beta1: belowOne(0.9), beta2: belowOne(0.999), epsilon: positive(1e-7) },
  /** share of m, share of the gradient, beta1, beta2, correction of v, epsilon · m, v */
  kernel: { name: 'nadam', vectors: 2, scalars: 6, update },
  vectors: () => ['m', 'v'],
  scalars: ({ beta1, beta2, epsilon }, rate, update) => {
    const product = momentumProduct(beta1, update + 1);
    const next = scheduledMomentum(beta1, update + 2);
    const ofMomentum = (rate * next) / (1 - product * next);
    const ofGradient = (rate * (1 - scheduledMomentum(beta1, update + 1))) / (1 - product);
    return [ofMomentum, ofGradient, beta1, beta2, 1 / (1 - powerOf(beta2, update + 1)), epsilon];
  },
});

/** Dozat's schedule of Nadam's momentum: μ_t = β1 · (1 − 0.96^t / 2), t from 1. */
function scheduledMomentum(beta1: number, t: number): number {
  return beta1 * (1 - 0.5 * powerOf(0.96, t));
}

/** The last product of each β1, from which the next follows: a step costs one factor, the bits are those of the whole. */
const lastProducts = new Map<number, { t: number; product: number }>();

/** μ_1 · μ_2 · … · μ_t, multiplied in that order. */
function momentumProduct(beta1: number, t: number): number {
  const last = lastProducts.get(beta1);
  let { t: done, product } = last !== undefined && last.t <= t ? last : { t: 0, product: 1 };
  while (done < t) product *= scheduledMomentum(beta1, ++done);
  lastProducts.set(beta1, { t, product });
  return product;
}

/**
 * Nadam (Dozat, 2016) as in Keras 3: p −= (a·m + b·g) / (√(v / (1−β2^t)) + ε), where a and b hold the learning rate and
 * the scheduled momentum.
 */
function update(f32: Float32Array, call: UpdateCall): void {
  const [ofMomentum, ofGradient, beta1, beta2, correction, epsilon] = call.scalars;
  const [mAt, vAt] = call.vectors;
  for (let e = call.from; e < call.to; e++) {
    const g = gradientOf(f32, call, e);
    const m = beta1 * f32[mAt + e] + (1 - beta1) * g;
    const v = beta2 * f32[vAt + e] + (1 - beta2) * g * g;
    f32[mAt + e] = m;
    f32[vAt + e] = v;
    const change = (ofMomentum * m + ofGradient * g) / (Math.sqrt(v * correction) + epsilon);
    f32[call.parameters + e] = weightOf(f32, call, e) - change;
  }
}
