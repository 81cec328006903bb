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

/** Whether features are scaled at all: then they are read in float64, as what scaling cancels out are their first digits. */
export function isScaled({ scale, standardize }: ScalingChoice): boolean {
  return standardize || scale !== undefined;
}

/** Fits how to scale; the statistics of standardizing are taken from `rows` alone: the training rows. */
export function fitScaling({ scale, standardize }: ScalingChoice, rows: Features, columns: number): Scaling {
  if (standardize) return { kind: 'standardize', ...statistics(rows, columns) };
  return scale === undefined ? { kind: 'none' } : { kind: 'divide', by: scale };
}

/** Rows of `columns` features, scaled in float64, then rounded to float32 in shared memory. */
export function applyScaling(scaling: Scaling, values: Features, columns: number): Float32Array {
  if (scaling.kind === 'none' && values instanceof Float32Array) return values;
  const scaled = new Float32Array(new SharedArrayBuffer(values.length * 4));
  if (scaling.kind === 'standardize') {
    const { mean, deviation } = scaling;
    for (let i = 0; i < values.length; i++) {
      const column = i % columns;
      scaled[i] = (values[i] - mean[column]) / deviation[column];
    }
    return scaled;
  }
  const by = scaling.kind === 'divide' ? scaling.by : 1;
  for (let i = 0; i < values.length; i++) scaled[i] = values[i] / by;
  return scaled;
}

type Features = Float32Array | Float64Array;

/** Mean and population standard deviation of each column, in float64; a constant column gets deviation 1. */
function statistics(values: Features, columns: number): { mean: number[]; deviation: number[] } {
  const rough = columnMeans(values, columns, (value) => value);
  // A sum of large numbers is rounded: what its mean misses is the mean of the differences from it.
  const missed = columnMeans(values, columns, (value, column) => value - rough[column]);
  const mean = rough.map((value, column) => value + missed[column]);
  const variance = columnMeans(values, columns, (value, column) => (value - mean[column]) ** 2);
  const deviation = variance.map((value) => (value > 0 ? Math.sqrt(value) : 1));
  return { mean, deviation };
}

function columnMeans(values: Features, columns: number, of: (value: number, column: number) => number): number[] {
  const sums = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) sums[i % columns] += of(values[i], i % columns);
  const rows = values.length / columns;
  return Array.from(sums, (sum) => sum / rows);
}
