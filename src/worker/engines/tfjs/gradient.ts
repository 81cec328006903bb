import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import type { Pass } from '../../../shared/kernels/pass.js';
import { foldLeaves } from '../../../shared/kernels/reference/foldShards.js';
import { withKeyedRandom } from '../../../shared/random/keyedRandom.js';
import { Draws } from '../../../shared/random/rng.js';
import { tfc } from '../../../shared/tfjs/tfjs.js';
import { functionLosses, recordFunctions } from './functions.js';
import { recordMoves } from './moving.js';
import { type RankModel, shardPass } from './rankModel.js';

/** Computes loss and metric sums of a shard and the gradient by its outputs, from the outputs in the arena. */
export type RunLosses = (shard: Pass) => void;

/**
 * Forward, loss and backward of every shard of the pass by itself: losses and metrics to the sums, gradients folded in
 * tree order to the slabs.
 */
export function gradientPass(model: RankModel, pass: Pass, weighted: boolean, runLosses: RunLosses): void {
  const { slabLength } = model.program;
  foldLeaves(model.memory, pass, 0, slabLength, (own, target, at) => {
    const shard = shardPass(pass, own);
    tfc.tidy(() => {
      const gradients = shardGradients(model, shard, weighted, runLosses);
      let filled = 0;
      model.trained.forEach(({ parameter: { offset, size } }, i) => {
        const values = gradients[i]?.dataSync();
        // What no gradient covers is zero: the gaps between parameters too, as they are added and updated with the rest.
        target.fill(0, at + filled, at + (values === undefined ? offset + size : offset));
        if (values !== undefined) target.set(values, at + offset);
        filled = offset + size;
      });
      target.fill(0, at + filled, at + slabLength);
      recordMoves(model, shard);
    });
  });
}

/** The gradient of the shard's part of the loss by every trained weight; null where the loss does not depend on it. */
function shardGradients(model: RankModel, shard: Pass, weighted: boolean, runLosses: RunLosses): (Tensor | null)[] {
  const draws = new Draws(model.memory.seed).at('network', 0, shard.step, shard.firstShard);
  const loss = (): Scalar => withKeyedRandom(draws, () => shardLoss(model, shard, weighted, runLosses));
  if (model.trained.length === 0) {
    loss();
    return [];
  }
  const { grads } = tfc.variableGrads(
    loss,
    model.trained.map(({ variable }) => variable),
  );
  return model.trained.map(({ variable }) => grads[variable.name] ?? null);
}

/**
 * The shard's part of the loss, which is a mean over the rows of the whole batch. Its value is not needed: the loss kernels put
 * loss and metrics into the sums in float64. Regularizers count by the shard's share of the rows.
 */
function shardLoss(model: RankModel, shard: Pass, weighted: boolean, runLosses: RunLosses): Scalar {
  const outputs = model.compute(shard, true);
  const byKernels = lossOfOutputs(model, outputs, shard, runLosses);
  recordFunctions(model, shard, weighted);
  const unpenalized = [byKernels, ...functionLosses(model, shard, outputs, weighted)].reduce((a, b) => tfc.add(a, b));
  const penalty = model.penalty();
  if (penalty === null) return unpenalized;
  model.addPenalty(shard, penalty.dataSync()[0]);
  return tfc.add(unpenalized, tfc.mul(penalty, shard.rows / shard.batchRows));
}

/** A scalar whose gradient by the outputs is the one that the loss kernels leave in the arena. */
function lossOfOutputs(model: RankModel, outputs: readonly Tensor[], shard: Pass, runLosses: RunLosses): Scalar {
  const scalar = tfc.customGrad((...given) => {
    model.storeOutputs(given.slice(0, outputs.length) as Tensor[], shard);
    runLosses(shard);
    return { value: tfc.scalar(0), gradFunc: () => model.outputGradients(shard) };
  });
  return scalar(...outputs) as Scalar;
}
