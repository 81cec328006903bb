import type { Kernel, Pass } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { flushed } from './denormals.js';

type Steps = { readonly steps: number; readonly size: number };

/** mask (size) = 1 where the int32 x is not zero, for every row. */
export const indexMask: Kernel<KernelArguments<'indexMask'>> = ({ f32, i32 }, pass, a) => {
  const end = (pass.firstRow + pass.rows) * a.size;
  for (let e = pass.firstRow * a.size; e < end; e++) f32[a.mask + e] = i32[a.x + e] === 0 ? 0 : 1;
};

/** mask (T) = 1 where any of a step's values differs from `value`, rounded to float32 as the values are. */
export const stepMask: Kernel<KernelArguments<'stepMask'>> = ({ f32 }, pass, a) => {
  const value = flushed(Math.fround(a.value));
  forEachStep(pass, a, (step) => {
    const values = f32.subarray(a.x + step * a.size, a.x + (step + 1) * a.size);
    f32[a.mask + step] = values.some((element) => flushed(element) !== value) ? 1 : 0;
  });
};

/** y (groups) = the weight of a group, 1 where there are none, and 0 where its int32 target is the class `ignored`. */
export const classWeights: Kernel<KernelArguments<'classWeights'>> = ({ f32, i32 }, pass, a) => {
  const end = (pass.firstRow + pass.rows) * a.groups;
  for (let group = pass.firstRow * a.groups; group < end; group++) {
    const weight = a.weight < 0 ? 1 : f32[a.weight + group];
    f32[a.y + group] = i32[a.target + group] === a.ignored ? 0 : weight;
  }
};

/** y (T, size) = x (T, size) at the steps that are there, else 0. */
export const maskSteps: Kernel<KernelArguments<'maskSteps'>> = ({ f32 }, pass, a) => {
  forEachStep(pass, a, (step) => {
    const [x, y] = [a.x + step * a.size, a.y + step * a.size];
    if (f32[a.mask + step] === 0) f32.fill(0, y, y + a.size);
    else f32.copyWithin(y, x, x + a.size);
  });
};

/** x (size) = 0 where it is not finite, in rows whose weights (groups) are all 0. */
export const dropUnweighted: Kernel<KernelArguments<'dropUnweighted'>> = ({ f32 }, pass, a) => {
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const weights = f32.subarray(a.weight + row * a.groups, a.weight + (row + 1) * a.groups);
    if (weights.some((weight) => weight !== 0)) continue;
    const end = a.x + (row + 1) * a.size;
    for (let e = a.x + row * a.size; e < end; e++) if (!Number.isFinite(f32[e])) f32[e] = 0;
  }
};

/** y (size) = Σ x / number of steps, over the steps that are there. */
export const maskedMeanForward: Kernel<KernelArguments<'maskedMeanForward'>> = ({ f32 }, pass, a) => {
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const count = stepsThere(f32, a.mask + row * a.steps, a.steps);
    for (let e = 0; e < a.size; e++) {
      let sum = 0;
      for (let step = row * a.steps; step < (row + 1) * a.steps; step++) {
        if (f32[a.mask + step] !== 0) sum += f32[a.x + step * a.size + e];
      }
      f32[a.y + row * a.size + e] = sum / count;
    }
  }
};

/** dx (T, size) = dy (size) / number of steps, at the steps that are there. */
export const maskedMeanBackward: Kernel<KernelArguments<'maskedMeanBackward'>> = ({ f32 }, pass, a) => {
  forEachStep(pass, a, (step, row) => {
    const count = stepsThere(f32, a.mask + row * a.steps, a.steps);
    const isThere = f32[a.mask + step] !== 0;
    for (let e = 0; e < a.size; e++) f32[a.dx + step * a.size + e] = isThere ? f32[a.dy + row * a.size + e] / count : 0;
  });
};

/** Visits every time step of the pass, counted through all rows. */
function forEachStep(pass: Pass, { steps }: Steps, visit: (step: number, row: number) => void): void {
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    for (let step = row * steps; step < (row + 1) * steps; step++) visit(step, row);
  }
}

function stepsThere(f32: Float32Array, mask: number, steps: number): number {
  return f32.subarray(mask, mask + steps).reduce((count, there) => count + Number(there !== 0), 0);
}
