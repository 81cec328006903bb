import type { UpdateCall } from '../../updates.js';
import { gradientOf, weightOf } from './treatment.js';

/**
 * RMSprop (Hinton, 2012; centered: Graves, 2013) as in Keras 3: v = ρ·v + (1−ρ)·g², d = rate·g / √(v + ε), where
 * centered √(v − ḡ² + ε) with ḡ = ρ·ḡ + (1−ρ)·g; p −= d, or with momentum b = momentum·b + d and p −= b.
 */
export function rmsprop(f32: Float32Array, call: UpdateCall): void {
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
    let change = (rate * g) / Math.sqrt(variance + epsilon);
    if (momentumAt >= 0) {
      change += momentum * f32[momentumAt + e];
      f32[momentumAt + e] = change;
    }
    f32[call.parameters + e] = weightOf(f32, call, e) - change;
  }
}

/** Adagrad (Duchi, Hazan and Singer, 2011) as in Keras 3: a += g², p −= rate·g / √(a + ε). */
export function adagrad(f32: Float32Array, call: UpdateCall): void {
  const [rate, epsilon] = call.scalars;
  const [accumulatorAt] = call.vectors;
  for (let e = call.from; e < call.to; e++) {
    const g = gradientOf(f32, call, e);
    const accumulator = f32[accumulatorAt + e] + g * g;
    f32[accumulatorAt + e] = accumulator;
    f32[call.parameters + e] = weightOf(f32, call, e) - (rate * g) / Math.sqrt(accumulator + epsilon);
  }
}

/**
 * Adadelta (Zeiler, 2012) as in Keras 3: a = ρ·a + (1−ρ)·g², d = √(c + ε) / √(a + ε) · g, c = ρ·c + (1−ρ)·d²,
 * p −= rate·d.
 */
export function adadelta(f32: Float32Array, call: UpdateCall): void {
  const [rate, rho, epsilon] = call.scalars;
  const [gradientAt, changeAt] = call.vectors;
  for (let e = call.from; e < call.to; e++) {
    const g = gradientOf(f32, call, e);
    const accumulated = rho * f32[gradientAt + e] + (1 - rho) * g * g;
    const change = (Math.sqrt(f32[changeAt + e] + epsilon) * g) / Math.sqrt(accumulated + epsilon);
    f32[gradientAt + e] = accumulated;
    f32[changeAt + e] = rho * f32[changeAt + e] + (1 - rho) * change * change;
    f32[call.parameters + e] = weightOf(f32, call, e) - rate * change;
  }
}
