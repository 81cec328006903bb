import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { type Normalizer, normalize } from './softmax.js';

const group: Normalizer = { max: 0, sum: 0 };

/** y (groups, size) = x − max − ln Σ e^(x − max) over the last axis, for every row. */
export const logSoftmaxForward: Kernel<KernelArguments<'logSoftmaxForward'>> = ({ f32 }, pass, a) => {
  const end = (pass.firstRow + pass.rows) * a.groups;
  for (let record = pass.firstRow * a.groups; record < end; record++) {
    const x = a.x + record * a.size;
    const y = a.y + record * a.size;
    normalize(f32, x, a.size, group);
    const logSum = Math.log(group.sum);
    for (let j = 0; j < a.size; j++) f32[y + j] = f32[x + j] - group.max - logSum;
  }
};

/** dx (groups, size) = dy − e^y · Σ dy over the last axis, for every row. dx may be dy. */
export const logSoftmaxBackward: Kernel<KernelArguments<'logSoftmaxBackward'>> = ({ f32 }, pass, a) => {
  const end = (pass.firstRow + pass.rows) * a.groups;
  for (let record = pass.firstRow * a.groups; record < end; record++) {
    const y = a.y + record * a.size;
    const dy = a.dy + record * a.size;
    const dx = a.dx + record * a.size;
    let sum = 0;
    for (let j = 0; j < a.size; j++) sum += f32[dy + j];
    for (let j = 0; j < a.size; j++) f32[dx + j] = f32[dy + j] - Math.exp(f32[y + j]) * sum;
  }
};
