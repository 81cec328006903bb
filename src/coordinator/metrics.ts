import type { Logs } from './options.js';

/** Totals (rows, then one sum a name) → means over the rows. */
export function meansOf(names: readonly string[], totals: readonly number[]): Logs {
  const [rows, ...sums] = totals;
  return Object.fromEntries(names.map((name, i) => [name, rows === 0 ? 0 : sums[i] / rows]));
}
