import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';

/** y (T, size) = x (T, size), last time step first, for every row. The same call carries gradients backward. */
export const reverseSteps: Kernel<KernelArguments<'reverseSteps'>> = ({ f32 }, pass, a) => {
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    for (let step = 0; step < a.steps; step++) {
      const from = a.x + (row * a.steps + step) * a.size;
      f32.copyWithin(a.y + (row * a.steps + a.steps - 1 - step) * a.size, from, from + a.size);
    }
  }
};
