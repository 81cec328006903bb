import type { Kernel, KernelMemory } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { activate, sloped } from './activation.js';
import {
  addStateProduct,
  addTo,
  keepLast,
  keepPrevious,
  keptOf,
  putGradient,
  stepsBackward,
  stepsForward,
  type TimeStep,
} from './recurrence.js';
import { ScratchRow } from './scratch.js';

/**
 * Cho et al., "Learning phrase representations using RNN encoder-decoder", 2014; gates z, r and the candidate as in
 * Keras. The reset gate works before the candidate's recurrent product, or after it (`resetAfter`, as cuDNN has it).
 */

type Forward = KernelArguments<'gruForward'>;
type Backward = KernelArguments<'gruBackward'>;

const products = new ScratchRow();
const outputGradients = new ScratchRow();
const carriedGradients = new ScratchRow();
const candidateGradients = new ScratchRow();

/** z (T, 3U) → gates (T, 3U); h, previous, inner (T, U) and last (U), for every row. */
export const gruForward: Kernel<Forward> = (memory, pass, a) => {
  for (const time of stepsForward(memory, pass, a)) {
    const previous = keepPrevious(memory, a, time);
    if (time.isSkipped) skipForward(memory, a, time.step, previous);
    else stepForward(memory, a, time, previous);
  }
  keepLast(memory, pass, a);
};

/** A skipped step keeps the output; its share of the weight gradients, which `inner` enters, is zero. */
function skipForward({ f32 }: KernelMemory, { h, inner, units }: Forward, step: number, previous: number): void {
  f32.copyWithin(h + step * units, previous, previous + units);
  f32.fill(0, inner + step * units, inner + (step + 1) * units);
}

/** One time step: h_t = z ∘ h_{t−1} + (1 − z) ∘ candidate. */
function stepForward(memory: KernelMemory, a: Forward, { row, step }: TimeStep, previous: number): void {
  const { f32, parameters } = memory;
  const { units } = a;
  const [z, inner, h] = [a.z + step * 3 * units, a.inner + step * units, a.h + step * units];
  const sum = products.of(3 * units);
  for (let e = 0; e < 3 * units; e++) sum[e] = a.b < 0 ? 0 : f32[parameters + a.b + e];
  addStateProduct(memory, a, { row, previous }, 3 * units, sum);
  for (let e = 0; e < 2 * units; e++) f32[z + e] = activate(a.recurrentActivation, f32[z + e] + sum[e]);
  const reset = z + units;
  if (a.resetAfter) {
    for (let e = 0; e < units; e++) {
      f32[inner + e] = sum[2 * units + e];
      sum[2 * units + e] *= f32[reset + e];
    }
  } else {
    for (let e = 0; e < units; e++) {
      f32[inner + e] = f32[reset + e] * Math.fround(f32[previous + e] * keptOf(f32, a, row, e));
    }
    sum.fill(0, 2 * units, 3 * units);
    addCandidateProduct(f32, inner, parameters + a.u, units, sum);
  }
  const candidate = z + 2 * units;
  for (let e = 0; e < units; e++) {
    f32[candidate + e] = activate(a.activation, f32[candidate + e] + sum[2 * units + e]);
    f32[h + e] = f32[z + e] * f32[previous + e] + (1 - f32[z + e]) * f32[candidate + e];
  }
}

/** sum's last third += inner (U) · the last third of the columns of u (U, 3U). */
function addCandidateProduct(f32: Float32Array, inner: number, u: number, units: number, sum: Float64Array): void {
  for (let i = 0; i < units; i++) {
    const row = u + (3 * i + 2) * units;
    for (let e = 0; e < units; e++) sum[2 * units + e] += f32[inner + i] * f32[row + e];
  }
}

/** dz (T, 3U), and dInner (T, 3U) where the reset comes after the product, back through time, for every row. */
export const gruBackward: Kernel<Backward> = (memory, pass, a) => {
  const { f32 } = memory;
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const dh = outputGradients.of(a.units).fill(0, 0, a.units);
    if (a.dLast >= 0) addTo(dh, f32, a.dLast + row * a.units, a.units);
    for (const time of stepsBackward(memory, a, row)) {
      if (a.dh >= 0) addTo(dh, f32, a.dh + time.step * a.units, a.units);
      if (time.isSkipped) skipBackward(memory, a, time.step);
      else stepBackward(memory, a, time, dh);
    }
    putGradient(f32, a.dh0, row, dh, a.units);
  }
};

/** A skipped step has no gradient of its own and passes on what later steps ask for. */
function skipBackward({ f32 }: KernelMemory, { dz, dInner, units }: Backward, step: number): void {
  for (const at of [dz, dInner]) if (at >= 0) f32.fill(0, at + step * 3 * units, at + (step + 1) * 3 * units);
}

/** One time step backwards: dh holds what is asked of this step's output, then of the one before. */
function stepBackward(memory: KernelMemory, a: Backward, { row, step }: TimeStep, dh: Float64Array): void {
  const { f32, parameters } = memory;
  const { units } = a;
  const [gates, dz, previous] = [a.gates + step * 3 * units, a.dz + step * 3 * units, a.previous + step * units];
  const carried = carriedGradients.of(units);
  for (let e = 0; e < units; e++) {
    const [z, candidate] = [f32[gates + e], f32[gates + 2 * units + e]];
    carried[e] = dh[e] * z;
    f32[dz + 2 * units + e] = sloped(a.activation, dh[e] * (1 - z), candidate);
    f32[dz + e] = sloped(a.recurrentActivation, dh[e] * (f32[previous + e] - candidate), z);
  }
  if (a.resetAfter) resetAfterBackward(memory, a, step);
  else resetBeforeBackward(memory, a, { row, step }, carried);
  // What reaches the state through u: all three products, or those of the two gates.
  const [products, width] = a.resetAfter ? [a.dInner + step * 3 * units, 3 * units] : [dz, 2 * units];
  for (let i = 0; i < units; i++) {
    const ofProduct = dot(f32, products, parameters + a.u + 3 * i * units, width);
    dh[i] = carried[i] + ofProduct * keptOf(f32, a, row, i);
  }
}

/** The reset gate's gradient, and that of the recurrent products, whose candidate the reset gate scales. */
function resetAfterBackward({ f32 }: KernelMemory, a: Backward, step: number): void {
  const { units } = a;
  const [gates, dz, dInner] = [a.gates + step * 3 * units, a.dz + step * 3 * units, a.dInner + step * 3 * units];
  for (let e = 0; e < units; e++) {
    const reset = f32[gates + units + e];
    const ofCandidate = f32[dz + 2 * units + e];
    const ofReset = ofCandidate * f32[a.inner + step * units + e];
    f32[dInner + 2 * units + e] = ofCandidate * reset;
    f32[dz + units + e] = sloped(a.recurrentActivation, ofReset, reset);
  }
  f32.copyWithin(dInner, dz, dz + 2 * units);
}

/** The reset gate's gradient, and what reaches the state through the candidate's product. */
function resetBeforeBackward(
  memory: KernelMemory,
  a: Backward,
  { row, step }: Pick<TimeStep, 'row' | 'step'>,
  carried: Float64Array,
): void {
  const { f32, parameters } = memory;
  const { units } = a;
  const [gates, dz, previous] = [a.gates + step * 3 * units, a.dz + step * 3 * units, a.previous + step * units];
  const ofInner = candidateGradients.of(units);
  for (let i = 0; i < units; i++) {
    ofInner[i] = dot(f32, dz + 2 * units, parameters + a.u + (3 * i + 2) * units, units);
  }
  for (let e = 0; e < units; e++) {
    const reset = f32[gates + units + e];
    const ofReset = ofInner[e] * keptOf(f32, a, row, e);
    carried[e] += ofReset * reset;
    f32[dz + units + e] = sloped(a.recurrentActivation, ofReset * f32[previous + e], reset);
  }
}

function dot(f32: Float32Array, a: number, b: number, length: number): number {
  let sum = 0;
  for (let e = 0; e < length; e++) sum += f32[a + e] * f32[b + e];
  return sum;
}
