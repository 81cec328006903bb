import type { Kernel, KernelMemory } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { activate, slopeAt } from './activation.js';
import { addProduct, addTransposedProduct } from './dense.js';
import { addTo, keepLast, keepPrevious, stepsBackward, stepsForward, type TimeStep } from './recurrence.js';
import { ScratchRow } from './scratch.js';

/** Hochreiter and Schmidhuber, 1997, with the forget gate of Gers et al., 2000; gates i, f, g, o as in Keras. */

type Forward = KernelArguments<'lstmForward'>;
type Backward = KernelArguments<'lstmBackward'>;

const products = new ScratchRow();
const outputGradients = new ScratchRow();
const cellGradients = new ScratchRow();

/** z (T, 4U) → gates (T, 4U), h, c, previous (T, U) and last (U), for every row. */
export const lstmForward: Kernel<Forward> = (memory, pass, a) => {
  for (const time of stepsForward(memory, pass, a)) {
    const previous = keepPrevious(memory, a, time);
    computeGates(memory, a, time.step, previous);
    if (time.isSkipped) keepState(memory, a, time, previous);
    else computeState(memory, a, time);
  }
  keepLast(memory, pass, a);
};

/** A skipped step leaves the output and the cell as they were. */
function keepState(
  { f32 }: KernelMemory,
  { h, c, units }: Forward,
  { step, before }: TimeStep,
  previous: number,
): void {
  f32.copyWithin(h + step * units, previous, previous + units);
  if (before < 0) f32.fill(0, c + step * units, c + (step + 1) * units);
  else f32.copyWithin(c + step * units, c + before * units, c + (before + 1) * units);
}

/** dz (T, 4U) from dh (T, U) and dLast (U), back through time, for every row. */
export const lstmBackward: Kernel<Backward> = (memory, pass, a) => {
  const { f32 } = memory;
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const dh = outputGradients.of(a.units).fill(0, 0, a.units);
    const dc = cellGradients.of(a.units).fill(0, 0, a.units);
    if (a.dLast >= 0) addTo(dh, f32, a.dLast + row * a.units, a.units);
    for (const { step, before, isSkipped } of stepsBackward(memory, a, row)) {
      if (a.dh >= 0) addTo(dh, f32, a.dh + step * a.units, a.units);
      if (isSkipped) f32.fill(0, a.dz + step * 4 * a.units, a.dz + (step + 1) * 4 * a.units);
      else stepBackward(memory, a, step, before, dh, dc);
    }
  }
};

/** The gates of a step from its input products and the output at `previous`. */
function computeGates({ f32, parameters }: KernelMemory, a: Forward, step: number, previous: number): void {
  const { units } = a;
  const z = a.z + step * 4 * units;
  const sum = products.of(4 * units);
  for (let e = 0; e < 4 * units; e++) sum[e] = f32[z + e];
  addProduct(f32, previous, parameters + a.u, units, 4 * units, sum);
  for (let e = 0; e < 4 * units; e++) {
    const isCandidate = e >= 2 * units && e < 3 * units;
    f32[z + e] = activate(isCandidate ? a.activation : a.recurrentActivation, sum[e]);
  }
}

/** c_t = f ∘ c_{t−1} + i ∘ g, h_t = o ∘ act(c_t). */
function computeState({ f32 }: KernelMemory, a: Forward, { step, before }: TimeStep): void {
  const { units } = a;
  const z = a.z + step * 4 * units;
  for (let e = 0; e < units; e++) {
    const kept = before < 0 ? 0 : f32[z + units + e] * f32[a.c + before * units + e];
    const c = Math.fround(kept + f32[z + e] * f32[z + 2 * units + e]);
    f32[a.c + step * units + e] = c;
    f32[a.h + step * units + e] = f32[z + 3 * units + e] * activate(a.activation, c);
  }
}

/** One time step backwards: dh and dc hold what later steps ask of this one's output and cell, then of the one before. */
function stepBackward(
  { f32, parameters }: KernelMemory,
  a: Backward,
  step: number,
  before: number,
  dh: Float64Array,
  dc: Float64Array,
): void {
  const { units } = a;
  const gates = a.gates + step * 4 * units;
  const dz = a.dz + step * 4 * units;
  for (let e = 0; e < units; e++) {
    const [i, f, g, o] = [
      f32[gates + e],
      f32[gates + units + e],
      f32[gates + 2 * units + e],
      f32[gates + 3 * units + e],
    ];
    const y = activate(a.activation, f32[a.c + step * units + e]);
    const kept = before < 0 ? 0 : f32[a.c + before * units + e];
    const ofCell = dc[e] + dh[e] * o * slopeAt(a.activation, y);
    f32[dz + e] = ofCell * g * slopeAt(a.recurrentActivation, i);
    f32[dz + units + e] = ofCell * kept * slopeAt(a.recurrentActivation, f);
    f32[dz + 2 * units + e] = ofCell * i * slopeAt(a.activation, g);
    f32[dz + 3 * units + e] = dh[e] * y * slopeAt(a.recurrentActivation, o);
    dc[e] = ofCell * f;
  }
  dh.fill(0, 0, units);
  if (before >= 0) addTransposedProduct(f32, dz, parameters + a.u, units, 4 * units, dh);
}
