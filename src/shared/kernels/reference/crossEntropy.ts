import { balance, steepness } from '../losses.js';
import type { Kernel, KernelMemory } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { sigmoid } from './activation.js';
import { sumLosses } from './groups.js';
import { type Normalizer, normalize } from './softmax.js';
import { targetElement } from './sumRows.js';

type SoftmaxArguments = KernelArguments<'softmaxCrossEntropy'>;
type SigmoidArguments = KernelArguments<'sigmoidCrossEntropy'>;

const normalizer: Normalizer = { max: 0, sum: 0 };

/** A group's loss: −Σ target · log softmax(logits); see the table for what else is written. */
export const softmaxCrossEntropy: Kernel<SoftmaxArguments> = (memory, pass, a) => {
  sumLosses(memory, pass, a, (group, seed) => softmaxGroup(memory, a, group, seed));
};

/** Writes one group's probabilities and gradient (size) and returns its loss. A logit is read before it is replaced. */
function softmaxGroup(memory: KernelMemory, a: SoftmaxArguments, group: number, seed: number): number {
  const { f32 } = memory;
  const at = group * a.size;
  normalize(f32, a.logits + at, a.size, normalizer);
  const logSum = Math.log(normalizer.sum);
  const targetAt = (j: number): number =>
    targetElement(memory, a.target, a.sparse, group, a.size, j) * (1 - a.smoothing) + a.smoothing / a.size;
  let [loss, whole] = [0, 0];
  for (let j = 0; j < a.size; j++) whole += targetAt(j);
  for (let j = 0; j < a.size; j++) {
    const target = targetAt(j);
    const shifted = f32[a.logits + at + j] - normalizer.max;
    const probability = Math.exp(shifted) / normalizer.sum;
    // A class that is not wanted adds nothing, not even where its logit is infinite.
    if (target !== 0) loss -= target * (shifted - logSum);
    f32[a.probabilities + at + j] = probability;
    if (a.gradient >= 0) f32[a.gradient + at + j] = (probability * whole - target) * seed;
  }
  return loss;
}

/**
 * A group's loss: the mean over its elements of max(z, 0) − z·t + log(1 + e^−|z|), the stable form of
 * −t·log p − (1−t)·log(1−p) with p = sigmoid(z); of the focal form, that times miss^gamma, with the miss 1 − pₜ.
 */
export const sigmoidCrossEntropy: Kernel<SigmoidArguments> = (memory, pass, a) => {
  const { f32 } = memory;
  sumLosses(memory, pass, a, (group, seed) => {
    let loss = 0;
    for (let e = group * a.size; e < (group + 1) * a.size; e++) {
      const z = f32[a.logits + e];
      const target = f32[a.target + e] * (1 - a.smoothing) + a.smoothing / 2;
      const probability = sigmoid(z);
      const entropy = Math.max(z, 0) - z * target + Math.log1p(Math.exp(-Math.abs(z)));
      const rest = sigmoid(-z);
      const miss = target * rest + (1 - target) * probability;
      const [share, focus] = [balance(target, a), miss ** a.gamma];
      loss += share * focus * entropy;
      f32[a.probabilities + e] = probability;
      if (a.gradient < 0) continue;
      const turned = steepness(miss, a) * (1 - 2 * target) * probability * rest * entropy;
      f32[a.gradient + e] = (share * (focus * (probability - target) + turned) * seed) / a.size;
    }
    return loss / a.size;
  });
};
