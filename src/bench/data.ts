import { Draws } from '../shared/random/rng.js';
import type { Workload } from './workloads.js';

/** Rows and labels in shared memory, so that a trainer takes them without a copy. */
export interface BenchData {
  readonly x: { readonly values: Float32Array; readonly shape: readonly number[] };
  readonly y: { readonly values: Int32Array | Float32Array; readonly shape: readonly number[] };
}

const SEED = [7, 0] as const;

/** How much of a row is its class's template; the rest is noise. */
const LIKENESS = 0.3;

/**
 * Seeded synthetic data: every class has a random template, every row is noise with a share of its class's template in
 * it. The loss falls from the first steps on, so a wrong or missing update shows in it.
 */
export function syntheticData({ layers, loss, batchSize, batches }: Workload): BenchData {
  const rowShape = layers[0].inputShape as readonly number[];
  const rows = batchSize * batches;
  const size = rowShape.reduce((a, b) => a * b, 1);
  const binary = loss === 'binaryCrossentropy';
  const classes = binary ? 2 : Number(layers[layers.length - 1].units);
  const labels = binary ? shared(Float32Array, rows) : shared(Int32Array, rows);
  const draws = new Draws(SEED);
  draws.at('initialize', 0, 0, 0);
  for (let row = 0; row < rows; row++) labels[row] = draws.word(row) % classes;
  const values = shared(Float32Array, rows * size);
  fillUniform(values, draws.at('initialize', 1, 0, 0));
  const templates = new Float32Array(classes * size);
  fillUniform(templates, draws.at('initialize', 2, 0, 0));
  mix(values, templates, labels, size);
  return { x: { values, shape: [rows, ...rowShape] }, y: { values: labels, shape: [rows] } };
}

/** A view of the first rows. */
export function firstRows({ x, y }: BenchData, rows: number): BenchData {
  const head = ({ values, shape }: BenchData['x'] | BenchData['y']) => {
    const [all, ...row] = shape;
    return { values: values.subarray(0, (values.length / all) * rows), shape: [rows, ...row] };
  };
  return { x: head(x), y: head(y) } as BenchData;
}

function mix(values: Float32Array, templates: Float32Array, labels: Int32Array | Float32Array, size: number): void {
  for (let i = 0; i < values.length; i++) {
    const template = templates[labels[Math.floor(i / size)] * size + (i % size)];
    values[i] += LIKENESS * (template - values[i]);
  }
}

function fillUniform(values: Float32Array, draws: Draws): void {
  for (let i = 0; i < values.length; i++) values[i] = draws.uniform(i) * 2 - 1;
}

function shared<T extends Float32Array | Int32Array>(type: new (memory: SharedArrayBuffer) => T, length: number): T {
  return new type(new SharedArrayBuffer(length * 4));
}
