import type { KernelMemory } from '../pass.js';
import type { SumTerm } from '../updateCall.js';

/** Σ x² or Σ |x| over `length` elements at an arena offset, in float64. */
export function sumOf({ f32 }: KernelMemory, term: SumTerm, offset: number, length: number): number {
  let sum = 0;
  for (let e = offset; e < offset + length; e++) sum += term === 'squares' ? f32[e] * f32[e] : Math.abs(f32[e]);
  return sum;
}
