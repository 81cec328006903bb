import { Draws } from '../../rng.js';
import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';

/**
 * y (size) = x where the row's draw is at least `rate`, times 1 / (1 − rate) rounded to float32; else 0. A uniform is a
 * whole number over 2^24 and is compared with `rate` in float64. The same call carries gradients backward.
 */
export const dropout: Kernel<KernelArguments<'dropout'>> = ({ f32, seed }, pass, a) => {
  const draws = new Draws(seed);
  const scale = Math.fround(1 / (1 - a.rate));
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const at = row * a.size;
    draws.at('dropout', a.layer, pass.step, row);
    for (let e = 0; e < a.size; e++) f32[a.y + at + e] = draws.uniform(e) >= a.rate ? f32[a.x + at + e] * scale : 0;
  }
};
