import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';

/** y = alpha · a + beta · b, or alpha · a; each product and the sum in float64, rounded once. */
export const combine: Kernel<KernelArguments<'combine'>> = ({ f32 }, pass, { a, b, y, size, alpha, beta }) => {
  const first = pass.firstRow * size;
  const end = first + pass.rows * size;
  if (b < 0) for (let e = first; e < end; e++) f32[y + e] = alpha * f32[a + e];
  else for (let e = first; e < end; e++) f32[y + e] = alpha * f32[a + e] + beta * f32[b + e];
};
