import type { UpdateCall } from '../kernels/updateCall.js';

/** The gradient of element `e` as the update takes it: scaled, then clipped. */
export function gradientOf(f32: Float32Array, { gradient, gradientScale, clip }: UpdateCall, e: number): number {
  return Math.max(-clip, Math.min(clip, f32[gradient + e] * gradientScale));
}

/** The weight of element `e` from which its change is taken: what decoupled decay has left of it. */
export function weightOf(f32: Float32Array, { parameters, weightLoss }: UpdateCall, e: number): number {
  const weight = f32[parameters + e];
  return weight - weightLoss * weight;
}
