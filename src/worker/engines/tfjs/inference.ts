import type { Pass } from '../../../shared/kernels/pass.js';
import { tfc } from '../../../shared/tfjs/tfjs.js';
import { recordFunctions } from './functions.js';
import { type RankModel, shardPass } from './rankModel.js';

/** Whether outputs are judged, and by weights. */
export type Judged = { readonly weighted: boolean } | null;

/** The outputs of every shard by itself in inference mode, then what `judge` makes of them. */
export function inferencePass(model: RankModel, pass: Pass, judge: () => void, judged: Judged): void {
  const shards = Array.from({ length: pass.shardRows.length - 1 }, (_, own) => shardPass(pass, own));
  for (const shard of shards) tfc.tidy(() => model.storeOutputs(model.compute(shard, false), shard));
  judge();
  if (judged !== null) for (const shard of shards) tfc.tidy(() => recordFunctions(model, shard, judged.weighted));
  const penalty = tfc.tidy(() => model.penalty()?.dataSync()[0]);
  if (penalty !== undefined) for (const shard of shards) model.addPenalty(shard, penalty);
}
