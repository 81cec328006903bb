/** Values by name: `loss`, each metric, and `val_` forms of both. */
export type Logs = Readonly<Record<string, number>>;

/** Totals (rows, then one sum a name) → means over the rows. */
export function meansOf(names: readonly string[], totals: readonly number[]): Logs {
  const [rows, ...sums] = totals;
  return Object.fromEntries(names.map((name, i) => [name, rows === 0 ? 0 : sums[i] / rows]));
}
