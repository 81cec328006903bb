import type { Pass } from '../../../shared/kernels/pass.js';
import { treeSum } from '../../../shared/partition/tree.js';
import type { RankModel } from './rankModel.js';

/**
 * A pass in training mode moves some weights, such as the moving averages of BatchNormalization, by what its shard
 * holds. The weights of the step after are the mean of what the shards make of them, by rows: changes are summed per
 * shard in float64 and added in tree order.
 */

/** Puts rows · change of every moving weight into the sums of the shard, and the weight back to what it was. */
export function recordMoves(model: RankModel, shard: Pass): void {
  for (const moving of model.moving) {
    const from = model.sumsOf(shard.firstShard) + moving.sum;
    const before = model.values(moving.parameter);
    const after = moving.variable.dataSync();
    for (let e = 0; e < before.length; e++) model.memory.f64[from + e] = shard.rows * (after[e] - before[e]);
    model.takeWeight(moving);
  }
}

/** Moves the weights by what all shards ask for; run by one rank alone. */
export function moveWeights(model: RankModel, { batchShards, batchRows }: Pass): void {
  const { f64 } = model.memory;
  for (const { parameter, sum } of model.moving) {
    const values = model.values(parameter);
    for (let e = 0; e < values.length; e++) {
      const change = treeSum({ first: 0, count: batchShards }, (shard) => f64[model.sumsOf(shard) + sum + e]);
      values[e] += change / batchRows;
    }
  }
}
