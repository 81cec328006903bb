import { type Reduction, reductions } from '../elementwise.js';
import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { flushed } from './denormals.js';

/** y (outer, inner) = the reduction of x (outer, length, inner) over its middle axis, a row. */
export const reduceAxis: Kernel<KernelArguments<'reduceAxis'>> = ({ f32 }, pass, a) => {
  const reduce = table[reductions[a.reduction]];
  const values = new Float64Array(a.length);
  const end = (pass.firstRow + pass.rows) * a.outer;
  for (let outer = pass.firstRow * a.outer; outer < end; outer++) {
    for (let inner = 0; inner < a.inner; inner++) {
      const x = a.x + outer * a.length * a.inner + inner;
      for (let i = 0; i < a.length; i++) values[i] = flushed(f32[x + i * a.inner]);
      f32[a.y + outer * a.inner + inner] = reduce(values);
    }
  }
};

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

const table: Readonly<Record<Reduction, (values: Float64Array) => number>> = {
  sum,
  mean: (values) => sum(values) / values.length,
  max: (values) => values.reduce((a, b) => Math.max(a, b)),
  min: (values) => values.reduce((a, b) => Math.min(a, b)),
  prod: (values) => values.reduce((a, b) => a * b, 1),
  argMax: (values) => values.reduce((best, value, i) => (value > values[best] ? i : best), 0),
  argMin: (values) => values.reduce((best, value, i) => (value < values[best] ? i : best), 0),
};
