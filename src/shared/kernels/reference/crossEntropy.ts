import type { Kernel, KernelMemory, Pass } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { sigmoid } from './activation.js';
import { type Normalizer, normalize } from './softmax.js';
import { sumRows, targetElement } from './sumRows.js';

type SoftmaxArguments = KernelArguments<'softmaxCrossEntropy'>;
type SigmoidArguments = KernelArguments<'sigmoidCrossEntropy'>;

const normalizer: Normalizer = { max: 0, sum: 0 };

/** A row's loss: the mean over groups of −Σ target · log softmax(logits); see the table for what else is written. */
export const softmaxCrossEntropy: Kernel<SoftmaxArguments> = (memory, pass, a) => {
  sumRows(memory, pass, a.sum, (row) => {
    let loss = 0;
    for (let g = 0; g < a.groups; g++) loss += softmaxGroup(memory, pass, a, row * a.groups + g);
    return loss / a.groups;
  });
};

/** Writes one group's probabilities and gradient (size) and returns its loss. A logit is read before it is replaced. */
function softmaxGroup(memory: KernelMemory, pass: Pass, a: SoftmaxArguments, group: number): number {
  const { f32 } = memory;
  const at = group * a.size;
  const seed = 1 / (a.groups * pass.batchRows);
  normalize(f32, a.logits + at, a.size, normalizer);
  const logSum = Math.log(normalizer.sum);
  let loss = 0;
  for (let j = 0; j < a.size; j++) {
    const target = targetElement(memory, a.target, a.sparse, group, a.size, j);
    const shifted = f32[a.logits + at + j] - normalizer.max;
    const probability = Math.exp(shifted) / normalizer.sum;
    loss -= target * (shifted - logSum);
    f32[a.probabilities + at + j] = probability;
    if (a.gradient >= 0) f32[a.gradient + at + j] = (probability - target) * seed;
  }
  return loss;
}

/**
 * A row's loss: the mean over its elements of max(z, 0) − z·t + log(1 + e^−|z|), the stable form of
 * −t·log p − (1−t)·log(1−p) with p = sigmoid(z).
 */
export const sigmoidCrossEntropy: Kernel<SigmoidArguments> = (memory, pass, a) => {
  const { f32 } = memory;
  const seed = 1 / (a.size * pass.batchRows);
  sumRows(memory, pass, a.sum, (row) => {
    let loss = 0;
    for (let e = row * a.size; e < (row + 1) * a.size; e++) {
      const z = f32[a.logits + e];
      const target = f32[a.target + e];
      const probability = sigmoid(z);
      loss += Math.max(z, 0) - z * target + Math.log1p(Math.exp(-Math.abs(z)));
      f32[a.probabilities + e] = probability;
      if (a.gradient >= 0) f32[a.gradient + e] = (probability - target) * seed;
    }
    return loss / a.size;
  });
};
