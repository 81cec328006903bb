import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { flushed } from './denormals.js';
import { sumLosses } from './groups.js';
import { targetElement } from './sumRows.js';

/** x^exponent of x > 0; 0 of 0, and NaN of any x below. */
const power = (x: number, exponent: number): number => (x === 0 ? 0 : Math.exp(exponent * Math.log(x)));

/** A group's loss: (1 − p^q) / q with p the prediction of the target's class. */
export const generalizedCrossEntropy: Kernel<KernelArguments<'generalizedCrossEntropy'>> = (memory, pass, a) => {
  const { f32 } = memory;
  sumLosses(memory, pass, a, (group, seed) => {
    const target = (j: number): number => targetElement(memory, a.target, a.sparse, group, a.size, j);
    let own = 0;
    for (let j = 0; j < a.size; j++) own += flushed(f32[a.prediction + group * a.size + j]) * target(j);
    for (let j = 0; a.gradient >= 0 && j < a.size; j++) {
      const slope = target(j) === 0 ? 0 : -power(own, a.q - 1) * target(j);
      f32[a.gradient + group * a.size + j] = slope * seed;
    }
    return (1 - power(own, a.q)) / a.q;
  });
};
