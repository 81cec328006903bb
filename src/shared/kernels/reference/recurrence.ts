import type { KernelMemory, Pass } from '../pass.js';
import { addTransposedProduct } from './dense.js';

/** What every recurrent kernel is told about time. */
export interface Recurrence {
  /** Steps that are there (1) or skipped (0), one number a step; −1 where all are there. */
  readonly mask: number;
  /** Factors of the state in its product with u, `units` a row; −1 for ones. */
  readonly keep: number;
  readonly steps: number;
  readonly units: number;
  readonly reversed: number;
}

/** One time step of one row; steps are counted through all rows. */
export interface TimeStep {
  readonly row: number;
  readonly step: number;
  /** The step taken before this one, −1 for the zero state. */
  readonly before: number;
  /** A skipped step leaves the state as it was. */
  readonly isSkipped: boolean;
}

/** The time steps of every row of the pass in the order in which the recurrence takes them. */
export function* stepsForward({ f32 }: KernelMemory, pass: Pass, a: Recurrence): Generator<TimeStep> {
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    for (let n = 0; n < a.steps; n++) yield timeStep(f32, a, row, n);
  }
}

/** The same steps of one row, last to first. */
export function* stepsBackward({ f32 }: KernelMemory, a: Recurrence, row: number): Generator<TimeStep> {
  for (let n = a.steps - 1; n >= 0; n--) yield timeStep(f32, a, row, n);
}

function timeStep(f32: Float32Array, a: Recurrence, row: number, n: number): TimeStep {
  const step = placeOf(a, row, n);
  const before = n === 0 ? -1 : placeOf(a, row, n - 1);
  return { row, step, before, isSkipped: a.mask >= 0 && f32[a.mask + step] === 0 };
}

/** Where in time the n-th step to be taken stands, counted through all rows. */
function placeOf({ steps, reversed }: Recurrence, row: number, n: number): number {
  return row * steps + (reversed ? steps - 1 - n : n);
}

/** previous (T, U) gains the output of the step before, the initial state at the first; its place is returned. */
export function keepPrevious(
  { f32 }: KernelMemory,
  { units, h0, h, previous }: { units: number; h0: number; h: number; previous: number },
  { row, step, before }: TimeStep,
): number {
  const at = previous + step * units;
  copyState(f32, before < 0 ? stateOf(h0, row, units) : h + before * units, at, units);
  return at;
}

/** Where a row's initial state stands; −1 for zeros. */
export function stateOf(initial: number, row: number, units: number): number {
  return initial < 0 ? -1 : initial + row * units;
}

/** Copies a state; zeros where `from` is −1. */
export function copyState(f32: Float32Array, from: number, to: number, units: number): void {
  if (from < 0) f32.fill(0, to, to + units);
  else f32.copyWithin(to, from, from + units);
}

/** What is kept of an element of the state in its product with u. */
export function keptOf(f32: Float32Array, { keep, units }: Recurrence, row: number, unit: number): number {
  return keep < 0 ? 1 : f32[keep + row * units + unit];
}

/** sum (columns) += the state at `previous`, as far as it is kept, · u (U, columns). */
export function addStateProduct(
  { f32, parameters }: KernelMemory,
  a: Recurrence & { readonly u: number },
  { row, previous }: { readonly row: number; readonly previous: number },
  columns: number,
  sum: Float64Array,
): void {
  for (let i = 0; i < a.units; i++) {
    const value = Math.fround(f32[previous + i] * keptOf(f32, a, row, i));
    const u = parameters + a.u + i * columns;
    for (let e = 0; e < columns; e++) sum[e] += value * f32[u + e];
  }
}

/** The gradient of the state (U) = dz (columns) · uᵀ, as far as the state is kept. */
export function stateGradient(
  { f32, parameters }: KernelMemory,
  a: Recurrence & { readonly u: number },
  { row, dz }: { readonly row: number; readonly dz: number },
  columns: number,
  dh: Float64Array,
): void {
  dh.fill(0, 0, a.units);
  addTransposedProduct(f32, dz, parameters + a.u, a.units, columns, dh);
  for (let e = 0; e < a.units; e++) dh[e] *= keptOf(f32, a, row, e);
}

/** A row's share of the gradient of an initial state, where that is wanted. */
export function putGradient(f32: Float32Array, to: number, row: number, gradient: Float64Array, units: number): void {
  if (to >= 0) for (let e = 0; e < units; e++) f32[to + row * units + e] = gradient[e];
}

/** last (U) of every row = the output of the last step that is taken. */
export function keepLast(
  { f32 }: KernelMemory,
  pass: Pass,
  a: Recurrence & { readonly h: number; readonly last: number },
): void {
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const from = a.h + placeOf(a, row, a.steps - 1) * a.units;
    f32.copyWithin(a.last + row * a.units, from, from + a.units);
  }
}

/** sum (count) += the elements from `from` on. */
export function addTo(sum: Float64Array, f32: Float32Array, from: number, count: number): void {
  for (let e = 0; e < count; e++) sum[e] += f32[from + e];
}
