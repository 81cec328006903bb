import { treeSum } from '../../partition/tree.js';
import type { Kernel, KernelMemory, Pass } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { batchWeight, sumGroups } from './groups.js';

/** Of each bin, element e of a row being in bin e mod bins: Σ t·p, Σ t and Σ p over a shard's rows. */
export const overlapSums: Kernel<KernelArguments<'overlapSums'>> = ({ f32, f64, sums, sumCount }, pass, a) => {
  const { bins, size } = a;
  for (let own = 0; own + 1 < pass.shardRows.length; own++) {
    const at = sums + (pass.firstShard + own) * sumCount + a.sum;
    f64.fill(0, at, at + 3 * bins);
    for (let e = pass.shardRows[own] * size; e < pass.shardRows[own + 1] * size; e++) {
      const [found, wanted, bin] = [f32[a.prediction + e], f32[a.target + e], at + (e % bins)];
      f64[bin] += wanted * found;
      f64[bin + bins] += wanted;
      f64[bin + 2 * bins] += found;
    }
  }
};

/** Keras's epsilon, which keeps the quotient of nothing over nothing finite. */
const EPSILON = 1e-7;

/** The loss of every row: the mean over bins of 1 − times·I / (shared·I + wanted·T + found·P + ε) over the whole batch. */
export const overlapLoss: Kernel<KernelArguments<'overlapLoss'>> = (memory, pass, a) => {
  const { f32 } = memory;
  const size = a.groups * a.size;
  const [first, end] = [pass.firstRow * size, (pass.firstRow + pass.rows) * size];
  const share = shareOf(memory, pass, a) / a.bins;
  let loss = 0;
  for (let bin = 0; bin < a.bins; bin++) {
    const [overlap, wanted, found] = [0, 1, 2].map((block) => total(memory, pass, a.overlap + block * a.bins + bin));
    const whole = a.shared * overlap + a.wanted * wanted + a.found * found + EPSILON;
    loss += 1 - (a.times * overlap) / whole;
    if (a.gradient < 0) continue;
    const each = (share * a.times) / whole;
    const rest = (each * overlap) / whole;
    for (let e = first + bin; e < end; e += a.bins) {
      f32[a.gradient + e] = (rest * a.shared - each) * f32[a.target + e] + rest * a.found;
    }
  }
  sumGroups(memory, pass, a, () => loss / a.bins);
};

/** What the loss that all rows share counts: the weights of all rows over what the loss is divided by. */
function shareOf(memory: KernelMemory, pass: Pass, a: KernelArguments<'overlapLoss'>): number {
  if (a.weight < 0) return a.lossWeight;
  const divisor = batchWeight(memory, pass, a);
  return divisor === 0 ? 0 : (a.lossWeight * total(memory, pass, a.weights)) / divisor;
}

/** A sum of all shards, added in tree order. */
function total({ f64, sums, sumCount }: KernelMemory, pass: Pass, sum: number): number {
  return treeSum({ first: 0, count: pass.batchShards }, (shard) => f64[sums + shard * sumCount + sum]);
}
