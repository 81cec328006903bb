/** How features are scaled; `mean` and `deviation` hold one value a column. */
export type Scaling =
  | { readonly kind: 'none' }
  | { readonly kind: 'divide'; readonly by: number }
  | { readonly kind: 'standardize'; readonly mean: readonly number[]; readonly deviation: readonly number[] };

/** What a config asks for. */
export interface ScalingChoice {
  readonly scale?: number;
  readonly standardize: boolean;
}

/** Settles how to scale; the statistics of standardizing are taken from `rows` alone: the training rows. */
export function settleScaling({ scale, standardize }: ScalingChoice, rows: Float32Array, columns: number): Scaling {
  if (standardize) return { kind: 'standardize', ...statistics(rows, columns) };
  return scale === undefined ? { kind: 'none' } : { kind: 'divide', by: scale };
}

/** Scales rows of `columns` features in place. */
export function applyScaling(scaling: Scaling, values: Float32Array, columns: number): void {
  if (scaling.kind === 'none') return;
  if (scaling.kind === 'divide') {
    for (let i = 0; i < values.length; i++) values[i] /= scaling.by;
    return;
  }
  const { mean, deviation } = scaling;
  for (let i = 0; i < values.length; i++) {
    const column = i % columns;
    values[i] = (values[i] - mean[column]) / deviation[column];
  }
}

/** Mean and population standard deviation of each column, in float64 and two passes; a constant column gets deviation 1. */
function statistics(values: Float32Array, columns: number): { mean: number[]; deviation: number[] } {
  const mean = columnMeans(values, columns, (value) => value);
  const variance = columnMeans(values, columns, (value, column) => (value - mean[column]) ** 2);
  const deviation = variance.map((value) => (value > 0 ? Math.sqrt(value) : 1));
  return { mean, deviation };
}

function columnMeans(values: Float32Array, columns: number, of: (value: number, column: number) => number): number[] {
  const sums = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) sums[i % columns] += of(values[i], i % columns);
  const rows = values.length / columns;
  return Array.from(sums, (sum) => sum / rows);
}
