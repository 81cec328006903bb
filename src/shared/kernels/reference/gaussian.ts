import { normalQuantile } from '../../random/normalQuantile.js';
import { Draws } from '../../random/rng.js';
import type { Kernel, KernelMemory, Pass } from '../pass.js';
import type { KernelArguments } from '../table.js';

export const gaussianNoise: Kernel<KernelArguments<'gaussianNoise'>> = ({ f32, seed }, pass, a) => {
  eachNormal(seed, pass, a, (e, normal) => {
    f32[a.y + e] = f32[a.x + e] + a.deviation * normal;
  });
};

export const gaussianDropout: Kernel<KernelArguments<'gaussianDropout'>> = ({ f32, seed }, pass, a) => {
  eachNormal(seed, pass, a, (e, normal) => {
    f32[a.y + e] = f32[a.x + e] * (1 + a.deviation * normal);
  });
};

/** Calls `visit` with every element of the pass's rows and its draw: the normal quantile of (k + ½) / 2²⁴. */
function eachNormal(
  seed: KernelMemory['seed'],
  pass: Pass,
  { size, layer }: { readonly size: number; readonly layer: number },
  visit: (e: number, normal: number) => void,
): void {
  const draws = new Draws(seed);
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    draws.at('noise', layer, pass.step, row);
    for (let e = 0; e < size; e++) visit(row * size + e, normalQuantile(draws.uniform(e) + 2 ** -25));
  }
}
