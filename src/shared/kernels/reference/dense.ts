import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { storeActivated, storeSloped } from './activation.js';
import { addRecords, foldShards } from './foldShards.js';
import { ScratchRow } from './scratch.js';

const scratch = new ScratchRow();

/** y (inner, units) = activation(x (inner, inputs) · w (inputs, units) + b (units)), for every row. */
export const denseForward: Kernel<KernelArguments<'denseForward'>> = ({ f32, parameters }, pass, a) => {
  const sum = scratch.of(a.units);
  const end = (pass.firstRow + pass.rows) * a.inner;
  for (let record = pass.firstRow * a.inner; record < end; record++) {
    for (let u = 0; u < a.units; u++) sum[u] = a.b < 0 ? 0 : f32[parameters + a.b + u];
    addProduct(f32, a.x + record * a.inputs, parameters + a.w, a.inputs, a.units, sum);
    storeActivated(f32, a.y + record * a.units, sum, a.units, a.activation);
  }
};

/** dx (inner, inputs) = (dy (inner, units) · wᵀ) ∘ activation′(x), for every row. */
export const denseInputGradient: Kernel<KernelArguments<'denseInputGradient'>> = ({ f32, parameters }, pass, a) => {
  const sum = scratch.of(a.inputs);
  const end = (pass.firstRow + pass.rows) * a.inner;
  for (let record = pass.firstRow * a.inner; record < end; record++) {
    sum.fill(0, 0, a.inputs);
    addTransposedProduct(f32, a.dy + record * a.units, parameters + a.w, a.inputs, a.units, sum);
    storeSloped(f32, a.dx + record * a.inputs, sum, a.x + record * a.inputs, a.inputs, a.activation);
  }
};

/** dw (inputs, units) = Σ xᵀ·dy and db (units) = Σ dy over rows and inner. */
export const denseWeightGradient: Kernel<KernelArguments<'denseWeightGradient'>> = (memory, pass, a) => {
  const { f32 } = memory;
  foldShards(memory, pass, a.w, a.inputs * a.units, (from, to, sum) =>
    addOuterProducts(f32, a.x, a.dy, a.inputs, a.units, from * a.inner, to * a.inner, sum),
  );
  if (a.b < 0) return;
  foldShards(memory, pass, a.b, a.units, (from, to, sum) =>
    addRecords(f32, a.dy, a.units, from * a.inner, to * a.inner, sum),
  );
};

/** dw (inputs, columns) = Σ xᵀ·dy over rows and inner, for columns [first, first + columns) of w and of dy. */
export const denseColumnsGradient: Kernel<KernelArguments<'denseColumnsGradient'>> = (memory, pass, a) => {
  const { f32 } = memory;
  for (let i = 0; i < a.inputs; i++) {
    foldShards(memory, pass, a.w + i * a.units + a.first, a.columns, (from, to, sum) => {
      for (let record = from * a.inner; record < to * a.inner; record++) {
        const value = f32[a.x + record * a.inputs + i];
        const at = a.dy + record * a.units + a.first;
        for (let u = 0; u < a.columns; u++) sum[u] += value * f32[at + u];
      }
    });
  }
};

/** sum (units) += x (inputs) · w (inputs, units), inputs in order. */
export function addProduct(
  f32: Float32Array,
  x: number,
  w: number,
  inputs: number,
  units: number,
  sum: Float64Array,
): void {
  for (let i = 0; i < inputs; i++) {
    const value = f32[x + i];
    const row = w + i * units;
    for (let u = 0; u < units; u++) sum[u] += value * f32[row + u];
  }
}

/** sum (inputs) += dy (units) · wᵀ for w (inputs, units). */
export function addTransposedProduct(
  f32: Float32Array,
  dy: number,
  w: number,
  inputs: number,
  units: number,
  sum: Float64Array,
): void {
  for (let i = 0; i < inputs; i++) {
    const row = w + i * units;
    let dot = 0;
    for (let u = 0; u < units; u++) dot += f32[dy + u] * f32[row + u];
    sum[i] += dot;
  }
}

/** sum (inputs, units) += Σ xᵀ·dy over records [from, to); one row of `sum` stays in cache while the records pass by. */
function addOuterProducts(
  f32: Float32Array,
  x: number,
  dy: number,
  inputs: number,
  units: number,
  from: number,
  to: number,
  sum: Float64Array,
): void {
  for (let i = 0; i < inputs; i++) {
    const row = i * units;
    for (let record = from; record < to; record++) {
      const value = f32[x + record * inputs + i];
      const at = dy + record * units;
      for (let u = 0; u < units; u++) sum[row + u] += value * f32[at + u];
    }
  }
}
