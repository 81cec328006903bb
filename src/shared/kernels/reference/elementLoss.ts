import { elementLosses, elementLossFormulas } from '../losses.js';
import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { sumLosses } from './groups.js';

type Arguments = KernelArguments<'elementLoss'>;

/** A group's loss: Σ over its elements over `divisor`. Targets are smoothed to t·(1 − smoothing) + smoothing / 2. */
export const elementLoss: Kernel<Arguments> = (memory, pass, a) => {
  const { f32 } = memory;
  const { at, slope } = elementLossFormulas[elementLosses[a.loss]];
  sumLosses(memory, pass, a, (group, seed) => {
    let loss = 0;
    for (let e = group * a.size; e < (group + 1) * a.size; e++) {
      const p = f32[a.prediction + e];
      const t = f32[a.target + e] * (1 - a.smoothing) + a.smoothing / 2;
      loss += at(p, t, a);
      if (a.gradient >= 0) f32[a.gradient + e] = (slope(p, t, a) * seed) / a.divisor;
    }
    return loss / a.divisor;
  });
};
