import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { type Normalizer, normalize } from './softmax.js';

/** What stands in for the score of a key that is masked, as in Keras: e to its power is zero beside any other score. */
const MASKED = -1e9;

const group: Normalizer = { max: 0, sum: 0 };

/** y (heads, queries, keys) = softmax over the keys that are there, for every row. */
export const maskedSoftmaxForward: Kernel<KernelArguments<'maskedSoftmaxForward'>> = ({ f32 }, pass, a) => {
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const isThere = (query: number, key: number): boolean =>
      (a.causal === 0 || key <= query) && (a.mask < 0 || f32[a.mask + row * a.keys + key] !== 0);
    for (let g = row * a.heads * a.queries; g < (row + 1) * a.heads * a.queries; g++) {
      const [x, y] = [a.x + g * a.keys, a.y + g * a.keys];
      for (let key = 0; key < a.keys; key++) f32[y + key] = isThere(g % a.queries, key) ? f32[x + key] : MASKED;
      normalize(f32, y, a.keys, group);
      for (let key = 0; key < a.keys; key++) f32[y + key] = Math.exp(f32[y + key] - group.max) / group.sum;
    }
  }
};
