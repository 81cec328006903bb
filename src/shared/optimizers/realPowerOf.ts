import { powerOf } from './powerOf.js';

/** x^y for x, y ≥ 0: whole powers by squaring, the fraction of y by square roots of x, one a binary digit. */
export function realPowerOf(x: number, y: number): number {
  const whole = Math.floor(y);
  let result = powerOf(x, whole);
  let root = x;
  for (let rest = y - whole; rest > 0; ) {
    root = Math.sqrt(root);
    rest *= 2;
    if (rest < 1) continue;
    result *= root;
    rest -= 1;
  }
  return result;
}
