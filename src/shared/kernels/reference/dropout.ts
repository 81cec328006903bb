import { Draws } from '../../random/rng.js';
import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';

/**
 * y (outer, draws, inner) = x · scale + shift where the draw is at least `rate`, else `dropped`, the three rounded to
 * float32; ones stand for an x that is not there. A uniform is a whole number over 2^24 and is compared with `rate` in float64.
 */
export const dropout: Kernel<KernelArguments<'dropout'>> = ({ f32, seed }, pass, a) => {
  const draws = new Draws(seed);
  const [scale, shift, dropped] = [Math.fround(a.scale), Math.fround(a.shift), Math.fround(a.dropped)];
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    draws.at('dropout', a.layer, pass.step, row);
    for (let group = row * a.outer; group < (row + 1) * a.outer; group++) {
      for (let draw = 0; draw < a.draws; draw++) {
        const kept = draws.uniform(draw) >= a.rate;
        const first = (group * a.draws + draw) * a.inner;
        for (let e = first; e < first + a.inner; e++) {
          const x = a.x < 0 ? 1 : f32[a.x + e];
          f32[a.y + e] = kept ? x * scale + shift : dropped;
        }
      }
    }
  }
};
