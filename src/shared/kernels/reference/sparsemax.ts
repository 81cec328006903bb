import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';

/** y (groups, size) = max(x − tau, 0) over the last axis, for every row. */
export const sparsemaxForward: Kernel<KernelArguments<'sparsemaxForward'>> = ({ f32 }, pass, a) => {
  const end = (pass.firstRow + pass.rows) * a.groups;
  for (let record = pass.firstRow * a.groups; record < end; record++) {
    const x = f32.subarray(a.x + record * a.size, a.x + (record + 1) * a.size);
    const largest = Math.max(...x);
    const tau = thresholdOf(Array.from(x, (value) => value - largest));
    for (let j = 0; j < a.size; j++) f32[a.y + record * a.size + j] = Math.max(x[j] - largest - tau, 0);
  }
};

/** The tau for which Σ max(x − tau, 0) = 1: of the k largest the mean beyond 1 / k, for the most k that are above it. */
function thresholdOf(x: readonly number[]): number {
  const sorted = x.toSorted((a, b) => b - a);
  let tau = Number.NaN;
  let sum = 0;
  for (let k = 1; k <= sorted.length; k++) {
    sum += sorted[k - 1];
    const next = (sum - 1) / k;
    if (sorted[k - 1] > next) tau = next;
  }
  return tau;
}

/** dx (groups, size) = dy − its mean over the elements where y > 0, and 0 elsewhere, for every row. dx may be dy. */
export const sparsemaxBackward: Kernel<KernelArguments<'sparsemaxBackward'>> = ({ f32 }, pass, a) => {
  const end = (pass.firstRow + pass.rows) * a.groups;
  for (let record = pass.firstRow * a.groups; record < end; record++) {
    const [y, dy, dx] = [a.y, a.dy, a.dx].map((place) => place + record * a.size);
    let [sum, count] = [0, 0];
    for (let j = 0; j < a.size; j++) {
      if (!(f32[y + j] > 0)) continue;
      sum += f32[dy + j];
      count++;
    }
    for (let j = 0; j < a.size; j++) f32[dx + j] = f32[y + j] > 0 ? f32[dy + j] - sum / count : 0;
  }
};
