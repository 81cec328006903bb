import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';

/** y = the larger of a and b, or the smaller one; a NaN of either stays one. */
export const maximum: Kernel<KernelArguments<'maximum'>> = ({ f32 }, pass, { a, b, y, size, smallest }) => {
  const first = pass.firstRow * size;
  const end = first + pass.rows * size;
  const choose = smallest ? Math.min : Math.max;
  for (let e = first; e < end; e++) f32[y + e] = choose(f32[a + e], f32[b + e]);
};

/** dy goes to the one that was taken; equal ones are taken from a, as in TensorFlow. */
export const maximumBackward: Kernel<KernelArguments<'maximumBackward'>> = ({ f32 }, pass, args) => {
  const { a, b, dy, da, db, size, smallest } = args;
  const first = pass.firstRow * size;
  const end = first + pass.rows * size;
  for (let e = first; e < end; e++) {
    const gradient = f32[dy + e];
    const takesA = smallest ? f32[a + e] <= f32[b + e] : f32[a + e] >= f32[b + e];
    f32[da + e] = takesA ? gradient : 0;
    f32[db + e] = takesA ? 0 : gradient;
  }
};
