import { z } from 'zod';
import { positive } from '../options/fields.js';
import type { Numbers } from './numberArrays.js';

/** How features are scaled; `mean` and `deviation` hold one value a column. */
export const scalingSchema = z.discriminatedUnion(
  'kind',
  [
    z.object({ kind: z.literal('none') }),
    z.object({ kind: z.literal('divide'), by: positive() }),
    z.object({ kind: z.literal('standardize'), mean: z.array(z.number()), deviation: z.array(positive()) }),
  ],
  { error: 'a way to scale: kind none, divide or standardize' },
);

export type Scaling = Readonly<z.output<typeof scalingSchema>>;

/** What a config asks for. */
export interface ScalingChoice {
  readonly scale?: number;
  readonly standardize: boolean;
}

/** Whether features are scaled at all: then they are read in float64, as what scaling cancels out are their first digits. */
export function isScaled({ scale, standardize }: ScalingChoice): boolean {
  return standardize || scale !== undefined;
}

/**
 * Fits how to scale; the statistics of standardizing are taken from these rows alone: the training rows, some whole ones at a
 * time, from the first in each pass.
 */
export function fitScaling({ scale, standardize }: ScalingChoice, rows: RowChunks, columns: number): Scaling {
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

type Features = Numbers;

type RowChunks = () => Iterable<Features>;

/** Mean and population standard deviation of each column, in float64; a constant column gets deviation 1. */
function statistics(values: RowChunks, columns: number): { mean: number[]; deviation: number[] } {
  const rough = columnMeans(values, columns, (value) => value);
  // A sum of large numbers is rounded: what its mean misses is the mean of the differences from it.
  const missed = columnMeans(values, columns, (value, column) => value - rough[column]);
  const mean = rough.map((value, column) => value + missed[column]);
  const variance = columnMeans(values, columns, (value, column) => (value - mean[column]) ** 2);
  const deviation = variance.map((value) => (value > 0 ? Math.sqrt(value) : 1));
  return { mean, deviation };
}

function columnMeans(chunks: RowChunks, columns: number, of: (value: number, column: number) => number): number[] {
  const sums = new Float64Array(columns);
  let numbers = 0;
  for (const values of chunks()) {
    numbers += values.length;
    for (let at = 0; at < values.length; at += columns) {
      for (let column = 0; column < columns; column++) sums[column] += of(values[at + column], column);
    }
  }
  const rows = numbers / columns;
  return Array.from(sums, (sum) => sum / rows);
}
