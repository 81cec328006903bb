import type { KernelMemory, Pass } from '../pass.js';

/** What every recurrent kernel is told about time. */
export interface Recurrence {
  /** Steps that are there (1) or skipped (0), one number a step; −1 where all are there. */
  readonly mask: number;
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

/** previous (T, U) gains the output of the step before, zeros at the first; its place is returned. */
export function keepPrevious(
  { f32 }: KernelMemory,
  { units, h, previous }: { units: number; h: number; previous: number },
  { step, before }: TimeStep,
): number {
  const at = previous + step * units;
  if (before < 0) f32.fill(0, at, at + units);
  else f32.copyWithin(at, h + before * units, h + (before + 1) * units);
  return at;
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
