import type { Pass } from '../../../shared/kernels/pass.js';
import { tfc } from '../../../shared/tfjs/tfjs.js';
import { recordFunctions } from './functions.js';
import { type RankModel, shardPass } from './rankModel.js';

/** Whether outputs are measured, and by weights. */
export type Measured = { readonly weighted: boolean } | null;

/** The outputs of every shard by itself in inference mode, then what `runLosses` makes of them. */
export function inferencePass(model: RankModel, pass: Pass, runLosses: () => void, measured: Measured): void {
  const shards = Array.from({ length: pass.shardRows.length - 1 }, (_, own) => shardPass(pass, own));
  for (const shard of shards) tfc.tidy(() => model.storeOutputs(model.compute(shard, false), shard));
  runLosses();
  if (measured !== null) for (const shard of shards) tfc.tidy(() => recordFunctions(model, shard, measured.weighted));
  const penalty = tfc.tidy(() => model.penalty()?.dataSync()[0]);
  if (penalty !== undefined) for (const shard of shards) model.addPenalty(shard, penalty);
}
