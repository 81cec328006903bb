import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';

/** y = a ∘ b. */
export const multiply: Kernel<KernelArguments<'multiply'>> = ({ f32 }, pass, { a, b, y, size }) => {
  const first = pass.firstRow * size;
  const end = first + pass.rows * size;
  for (let e = first; e < end; e++) f32[y + e] = f32[a + e] * f32[b + e];
};
