/**
 * The error function, 2/√π ∫₀ˣ e^(−t²) dt, to about 1e-15: its series without cancellation,
 * 2/√π · e^(−x²) Σ 2ⁿ x^(2n+1) / (1·3·5 … (2n+1)); Abramowitz and Stegun 7.1.6.
 */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}
