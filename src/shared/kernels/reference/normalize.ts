import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';

/** Keras's least sum of squares, below which a vector is not brought to length 1. */
const LEAST = 1e-12;

/** y = x / √max(Σ x², 1e-12) over the last axis. */
export const normalizeForward: Kernel<KernelArguments<'normalizeForward'>> = (
  { f32 },
  pass,
  { x, y, groups, size },
) => {
  const end = (pass.firstRow + pass.rows) * groups;
  for (let group = pass.firstRow * groups; group < end; group++) {
    const at = group * size;
    const scale = 1 / Math.sqrt(Math.max(dot(f32, x + at, x + at, size), LEAST));
    for (let e = at; e < at + size; e++) f32[y + e] = f32[x + e] * scale;
  }
};

/** With s = Σ x²: dx = (dy − x · Σ x∘dy / s) / √s, or dy / √1e-12 where s is below that. */
export const normalizeBackward: Kernel<KernelArguments<'normalizeBackward'>> = ({ f32 }, pass, args) => {
  const { x, dy, dx, groups, size } = args;
  const end = (pass.firstRow + pass.rows) * groups;
  for (let group = pass.firstRow * groups; group < end; group++) {
    const at = group * size;
    const squares = dot(f32, x + at, x + at, size);
    const scale = 1 / Math.sqrt(Math.max(squares, LEAST));
    const common = squares > LEAST ? dot(f32, x + at, dy + at, size) / squares : 0;
    for (let e = at; e < at + size; e++) f32[dx + e] = (f32[dy + e] - f32[x + e] * common) * scale;
  }
};

/** Rounded to float32, so that the square of a long vector is infinite where it is in the native kernels and in Keras. */
function dot(f32: Float32Array, a: number, b: number, size: number): number {
  let sum = 0;
  for (let e = 0; e < size; e++) sum += f32[a + e] * f32[b + e];
  return Math.fround(sum);
}
