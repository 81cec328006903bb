import type { UpdateCall } from '../../updateCall.js';

/** The gradient of l1 · Σ|p| + l2 · Σp² joins the gradient: g += l1·sign(p) + 2·l2·p. */
export function penaltyGradient(f32: Float32Array, { parameters, gradient, scalars, from, to }: UpdateCall): void {
  const [l1, l2] = scalars;
  for (let e = from; e < to; e++) {
    const p = f32[parameters + e];
    f32[gradient + e] += l1 * Math.sign(p) + 2 * l2 * p;
  }
}

/** p = max(p, 0). */
export function nonNegative(f32: Float32Array, { parameters, from, to }: UpdateCall): void {
  for (let e = from; e < to; e++) f32[parameters + e] = Math.max(f32[parameters + e], 0);
}

/**
 * Keras's MinMaxNorm of a whole weight as (outer, reduced, inner): each vector along the middle is multiplied by
 * (rate · clip(norm, min, max) + (1 − rate) · norm) / (norm + ε).
 */
export function boundedNorm(f32: Float32Array, { parameters, scalars, from, to }: UpdateCall): void {
  const [reduced, inner, min, max, rate, epsilon] = scalars;
  for (let outer = from; outer < to; outer += reduced * inner) {
    for (let column = 0; column < inner; column++) {
      const first = parameters + outer + column;
      const end = first + reduced * inner;
      let squares = 0;
      for (let e = first; e < end; e += inner) squares += f32[e] * f32[e];
      const norm = Math.sqrt(squares);
      const wanted = rate * Math.min(Math.max(norm, min), max) + (1 - rate) * norm;
      for (let e = first; e < end; e += inner) f32[e] *= wanted / (norm + epsilon);
    }
  }
}
