import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { activate, sloped } from './activation.js';
import {
  addStateProduct,
  addTo,
  keepLast,
  keepPrevious,
  putGradient,
  stateGradient,
  stepsBackward,
  stepsForward,
} from './recurrence.js';
import { ScratchRow } from './scratch.js';

/** The network of Elman, "Finding structure in time", 1990. */

const sums = new ScratchRow();
const gradients = new ScratchRow();

/** z (T, U) → h, previous (T, U) and last (U), for every row: h_t = act(z_t + (keep ∘ h_{t−1})·u). */
export const simpleRnnForward: Kernel<KernelArguments<'simpleRnnForward'>> = (memory, pass, a) => {
  const { f32 } = memory;
  const { units } = a;
  const sum = sums.of(units);
  for (const time of stepsForward(memory, pass, a)) {
    const previous = keepPrevious(memory, a, time);
    const h = a.h + time.step * units;
    if (time.isSkipped) {
      f32.copyWithin(h, previous, previous + units);
      continue;
    }
    for (let e = 0; e < units; e++) sum[e] = f32[a.z + time.step * units + e];
    addStateProduct(memory, a, { row: time.row, previous }, units, sum);
    for (let e = 0; e < units; e++) f32[h + e] = activate(a.activation, sum[e]);
  }
  keepLast(memory, pass, a);
};

/** dz (T, U) and dh0 (U) from dh (T, U) and dLast (U), back through time, for every row. */
export const simpleRnnBackward: Kernel<KernelArguments<'simpleRnnBackward'>> = (memory, pass, a) => {
  const { f32 } = memory;
  const { units } = a;
  const dh = gradients.of(units);
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    dh.fill(0, 0, units);
    if (a.dLast >= 0) addTo(dh, f32, a.dLast + row * units, units);
    for (const { step, isSkipped } of stepsBackward(memory, a, row)) {
      if (a.dh >= 0) addTo(dh, f32, a.dh + step * units, units);
      const dz = a.dz + step * units;
      for (let e = 0; e < units; e++) {
        f32[dz + e] = isSkipped ? 0 : sloped(a.activation, dh[e], f32[a.h + step * units + e]);
      }
      if (!isSkipped) stateGradient(memory, a, { row, dz }, units, dh);
    }
    putGradient(f32, a.dh0, row, dh, units);
  }
};
