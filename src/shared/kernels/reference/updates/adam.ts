import type { UpdateCall } from '../../updates.js';
import { gradientOf, weightOf } from './treatment.js';

/**
 * Adam (Kingma and Ba, 2015; amsgrad: Reddi, Kale and Kumar, 2018) with the step size of Keras 2:
 * m = β1·m + (1−β1)·g, v = β2·v + (1−β2)·g², p −= α_t · m / (√v + ε); amsgrad takes the largest v so far instead of v.
 */
export function adam(f32: Float32Array, call: UpdateCall): void {
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

/** Adamax (Kingma and Ba, 2015, section 7.1): u = max(β2·u, |g|), p −= α_t · m / (u + ε). */
export function adamax(f32: Float32Array, call: UpdateCall): void {
  const [stepSize, beta1, beta2, epsilon] = call.scalars;
  const [mAt, uAt] = call.vectors;
  for (let e = call.from; e < call.to; e++) {
    const g = gradientOf(f32, call, e);
    const m = beta1 * f32[mAt + e] + (1 - beta1) * g;
    const u = Math.max(beta2 * f32[uAt + e], Math.abs(g));
    f32[mAt + e] = m;
    f32[uAt + e] = u;
    f32[call.parameters + e] = weightOf(f32, call, e) - (stepSize * m) / (u + epsilon);
  }
}

/**
 * Nadam (Dozat, 2016) as in Keras 3: p −= (a·m + b·g) / (√(v / (1−β2^t)) + ε), where a and b hold the learning rate and
 * the scheduled momentum.
 */
export function nadam(f32: Float32Array, call: UpdateCall): void {
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
