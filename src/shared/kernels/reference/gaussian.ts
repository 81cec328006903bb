import { normalQuantile } from '../../random/normalQuantile.js';
import { Draws, type Seed } from '../../random/rng.js';
import type { Kernel, Pass } from '../pass.js';
import { type Distribution, distributions } from '../table/random.js';
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

/** The share of a normal distribution within two deviations of its mean. */
const WITHIN_TWO = 0.9544997361036416;

const numberOf: Readonly<Record<Distribution, (uniform: number) => number>> = {
  uniform: (uniform) => uniform,
  normal: normalOf,
  truncatedNormal: (uniform) => normalQuantile(0.5 + (uniform + 2 ** -25 - 0.5) * WITHIN_TWO),
};

export const randomRows: Kernel<KernelArguments<'randomRows'>> = ({ f32, seed }, pass, a) => {
  const number = numberOf[distributions[a.distribution]];
  eachUniform(seed, pass, a, (e, uniform) => {
    f32[a.y + e] = number(uniform);
  });
};

/** The normal quantile of (k + ½) / 2²⁴. */
function normalOf(uniform: number): number {
  return normalQuantile(uniform + 2 ** -25);
}

type Drawing = { readonly size: number; readonly layer: number };

/** Calls `visit` with every element of the pass's rows and its normal number. */
function eachNormal(seed: Seed, pass: Pass, drawing: Drawing, visit: (e: number, normal: number) => void): void {
  eachUniform(seed, pass, drawing, (e, uniform) => visit(e, normalOf(uniform)));
}

/** The same with k / 2²⁴, the uniform that it is of. */
function eachUniform(
  seed: Seed,
  pass: Pass,
  { size, layer }: Drawing,
  visit: (e: number, uniform: number) => void,
): void {
  const draws = new Draws(seed);
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    draws.at('noise', layer, pass.step, row);
    for (let e = 0; e < size; e++) visit(row * size + e, draws.uniform(e));
  }
}
