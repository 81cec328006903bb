import type { Kernel, KernelMemory } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { activate, sloped } from './activation.js';
import {
  addStateProduct,
  addTo,
  copyState,
  keepLast,
  keepPrevious,
  putGradient,
  stateGradient,
  stateOf,
  stepsBackward,
  stepsForward,
  type TimeStep,
} from './recurrence.js';
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
    computeGates(memory, a, time, previous);
    if (time.isSkipped) keepState(memory, a, time, previous);
    else computeState(memory, a, time);
  }
  keepLast(memory, pass, a);
};

/** A skipped step leaves the output and the cell as they were. */
function keepState({ f32 }: KernelMemory, a: Forward, time: TimeStep, previous: number): void {
  const { h, c, units } = a;
  copyState(f32, previous, h + time.step * units, units);
  copyState(f32, cellBefore(a, time), c + time.step * units, units);
}

/** Where the cell of the step before stands; −1 for zeros. */
function cellBefore({ c0, c, units }: Forward | Backward, { row, before }: TimeStep): number {
  return before < 0 ? stateOf(c0, row, units) : c + before * units;
}

/** dz (T, 4U), dh0 and dc0 (U) from dh (T, U), dLast and dcLast (U), back through time, for every row. */
export const lstmBackward: Kernel<Backward> = (memory, pass, a) => {
  const { f32 } = memory;
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const dh = outputGradients.of(a.units).fill(0, 0, a.units);
    const dc = cellGradients.of(a.units).fill(0, 0, a.units);
    if (a.dLast >= 0) addTo(dh, f32, a.dLast + row * a.units, a.units);
    if (a.dcLast >= 0) addTo(dc, f32, a.dcLast + row * a.units, a.units);
    for (const time of stepsBackward(memory, a, row)) {
      const { step, isSkipped } = time;
      if (a.dh >= 0) addTo(dh, f32, a.dh + step * a.units, a.units);
      if (isSkipped) f32.fill(0, a.dz + step * 4 * a.units, a.dz + (step + 1) * 4 * a.units);
      else stepBackward(memory, a, time, dh, dc);
    }
    putGradient(f32, a.dh0, row, dh, a.units);
    putGradient(f32, a.dc0, row, dc, a.units);
  }
};

/** The gates of a step from its input products and the output at `previous`. */
function computeGates(memory: KernelMemory, a: Forward, { row, step }: TimeStep, previous: number): void {
  const { f32 } = memory;
  const { units } = a;
  const z = a.z + step * 4 * units;
  const sum = products.of(4 * units);
  for (let e = 0; e < 4 * units; e++) sum[e] = f32[z + e];
  addStateProduct(memory, a, { row, previous }, 4 * units, sum);
  for (let e = 0; e < 4 * units; e++) {
    const isCandidate = e >= 2 * units && e < 3 * units;
    f32[z + e] = activate(isCandidate ? a.activation : a.recurrentActivation, sum[e]);
  }
}

/** c_t = f ∘ c_{t−1} + i ∘ g, h_t = o ∘ act(c_t). */
function computeState({ f32 }: KernelMemory, a: Forward, time: TimeStep): void {
  const { units } = a;
  const { step } = time;
  const z = a.z + step * 4 * units;
  const before = cellBefore(a, time);
  for (let e = 0; e < units; e++) {
    // Of no state too, as a forget gate that is NaN is seen then.
    const kept = f32[z + units + e] * (before < 0 ? 0 : f32[before + e]);
    const c = Math.fround(kept + f32[z + e] * f32[z + 2 * units + e]);
    f32[a.c + step * units + e] = c;
    f32[a.h + step * units + e] = f32[z + 3 * units + e] * activate(a.activation, c);
  }
}

/** One time step backwards: dh and dc hold what later steps ask of this one's output and cell, then of the one before. */
function stepBackward(memory: KernelMemory, a: Backward, time: TimeStep, dh: Float64Array, dc: Float64Array): void {
  const { f32 } = memory;
  const { units } = a;
  const { row, step } = time;
  const before = cellBefore(a, time);
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
    const kept = before < 0 ? 0 : f32[before + e];
    const ofCell = dc[e] + sloped(a.activation, dh[e] * o, y);
    f32[dz + e] = sloped(a.recurrentActivation, ofCell * g, i);
    f32[dz + units + e] = sloped(a.recurrentActivation, ofCell * kept, f);
    f32[dz + 2 * units + e] = sloped(a.activation, ofCell * i, g);
    f32[dz + 3 * units + e] = sloped(a.recurrentActivation, dh[e] * y, o);
    dc[e] = ofCell * f;
  }
  stateGradient(memory, a, { row, dz }, 4 * units, dh);
}
