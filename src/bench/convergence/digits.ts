import { join } from 'node:path';
import { readCsv } from '../../coordinator/data/csv.js';
import { shuffleRows } from '../../coordinator/data/split.js';
import type { LayerConfig } from '../../coordinator/options/trainerOptions.js';
import { packageRoot } from '../../shared/packageRoot.js';
import type { BenchData } from '../data.js';
import type { Workload } from '../workloads.js';

/** Rows of the handwritten digits of examples/data: those that are learned and those that are validated. */
export interface DigitsCase {
  readonly data: BenchData;
  readonly validation: BenchData;
}

const file = join(packageRoot(import.meta.url), 'examples', 'data', 'digits.csv.gz');
const BATCH = 32;
/** 1,408 of the 1,797 images are whole batches, as no peer trains a ragged one; the other 389 validate. */
const BATCHES = 44;
/** Pixels are from 0 to this. */
const SCALE = 16;

const layers: readonly LayerConfig[] = [
  { type: 'Conv2D', filters: 16, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 1] },
  { type: 'Conv2D', filters: 32, kernelSize: 3, activation: 'relu' },
  { type: 'MaxPooling2D', poolSize: 2 },
  { type: 'Flatten' },
  { type: 'Dense', units: 64, activation: 'relu' },
  { type: 'Dense', units: 10, activation: 'softmax' },
];
const PIXELS = 64;

export const digitsWorkload: Omit<Workload, 'name'> = {
  title: 'handwritten digits, CNN conv16-conv32-pool-64-10',
  layers,
  loss: 'sparseCategoricalCrossentropy',
  batchSize: BATCH,
  batches: BATCHES,
  steps: BATCHES,
  learningRate: 0.002,
};

/** The digits in the order that the seed gives. */
export async function digitsCase(seed: number): Promise<DigitsCase> {
  const { rows, x, y } = await readCsv(file, { header: false, label: 'last', target: 'classes' });
  const labels = y?.values ?? new Int32Array(rows);
  for (let i = 0; i < x.values.length; i++) x.values[i] /= SCALE;
  shuffleRows(
    [
      { values: x.values, size: PIXELS },
      { values: labels, size: 1 },
    ],
    rows,
    seed,
  );
  const part = (from: number, to: number): BenchData => ({
    x: { values: x.values.subarray(from * PIXELS, to * PIXELS), shape: [to - from, 8, 8, 1] },
    y: { values: labels.subarray(from, to), shape: [to - from] },
  });
  return { data: part(0, BATCH * BATCHES), validation: part(BATCH * BATCHES, rows) };
}
