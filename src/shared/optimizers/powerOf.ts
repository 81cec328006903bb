/** xⁿ for whole n ≥ 0 by squaring: the same bits on every machine, which Math.pow does not promise. */
export function powerOf(x: number, n: number): number {
  let result = 1;
  for (let base = x; n > 0; n = Math.floor(n / 2), base *= base) if (n % 2 === 1) result *= base;
  return result;
}
