import type { GoldenTensor } from './cases.js';

/** The largest error seen, with what it was seen in. */
export class Worst {
  error = 0;
  where = '';

  /** NaN counts as infinite. */
  see(error: number, where: string): void {
    const size = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    if (size <= this.error) return;
    this.error = size;
    this.where = where;
  }

  toString(): string {
    return this.where === '' ? 'none: nothing was compared' : `${this.error.toExponential(1)} in ${this.where}`;
  }
}

/** Below this a single number is compared by its absolute error, in units of it. */
const SMALL = 0.01;

export function numberError(actual: number | undefined, expected: number): number {
  return Math.abs((actual ?? Number.NaN) - expected) / Math.max(Math.abs(expected), SMALL);
}

/**
 * The largest error of the elements that are stored over `scale` (by default the tensor's largest absolute value), of
 * the sum over the largest that a sum of such numbers could be, and of the norm.
 */
export function tensorError(actual: Float32Array, expected: GoldenTensor, scale = expected.scale): number {
  const { values, sum, norm } = expected;
  const errors = values.map((value, i) => actual[Math.floor((i * actual.length) / values.length)] - value);
  const found = { sum: 0, squares: 0 };
  for (const value of actual) {
    found.sum += value;
    found.squares += value * value;
  }
  const largestSum = Math.max(norm * Math.sqrt(actual.length), scale);
  return Math.max(
    ...errors.map((error) => Math.abs(error) / (scale || 1)),
    Math.abs(found.sum - sum) / (largestSum || 1),
    Math.abs(Math.sqrt(found.squares) - norm) / (Math.max(norm, scale) || 1),
  );
}

/**
 * What the errors of several gradients are measured by: each by its own scale, but one that is zero but for rounding
 * (a bias before a BatchNormalization) by the largest of all.
 */
export function gradientScales(gradients: readonly Pick<GoldenTensor, 'scale'>[]): number[] {
  const largest = Math.max(0, ...gradients.map(({ scale }) => scale));
  return gradients.map(({ scale }) => (scale < 1e-6 * largest ? largest : scale));
}
