import { LockstepError } from '../shared/errors.js';
import { firstLine } from '../shared/files.js';
import { availableCores } from '../shared/threads/cores.js';
import { type Checkpoint, weightElements } from './checkpoint/contents.js';
import { damaged } from './checkpoint/format.js';
import { readCheckpoint } from './checkpoint/read.js';
import { type OpenModel, openTopology } from './models/open.js';
import { readOptions } from './options/readOptions.js';
import { injectionIn, type ResolvedOptions, resolveOptions } from './options/resolve.js';
import { resumeSchema } from './options/trainerFields.js';
import type { SharingTrainer, TrainerOptions } from './options/trainerOptions.js';
import { type ResolvedDivision, resolveDivision } from './ranks/division.js';
import { namesSharedWith } from './ranks/namesShared.js';
import { requireFunctions, requireModules } from './record.js';
import type { TensorFunction } from './tracing/trace.js';

/** What may differ when a run goes on: nothing here changes a bit of the result. */
export type ResumeOptions = Pick<
  TrainerOptions,
  | 'workers'
  | 'batchSize'
  | 'engine'
  | 'modules'
  | 'profile'
  | 'maxRestarts'
  | 'stallLimit'
  | 'heapLimit'
  | 'onEvent'
  | 'shareWith'
> & {
  /**
   * The losses and metrics that cannot become kernels, by their names: a checkpoint holds no function. Those that became kernels
   * are not needed.
   */
  readonly functions?: Readonly<Record<string, TensorFunction>>;
  /**
   * Give the weights their moving averages where the optimizer keeps them (`useEma`), as the end of `fit` does: for a trainer
   * that judges or saves the model and does not go on; default false.
   */
  readonly averaged?: boolean;
};

/** A checkpoint, opened to go on from. */
interface OpenCheckpoint {
  readonly stored: Checkpoint;
  readonly open: OpenModel;
  readonly resolved: ResolvedOptions & ResolvedDivision;
  /** Names of the weights that stay as the trainer to share with has them. */
  readonly shared: ReadonlySet<string>;
  /** The trainer to share with. */
  readonly shareWith: SharingTrainer | undefined;
}

/** Reads a checkpoint and plans its run anew; without `workers` on as many as before, at most one a core. */
export async function openCheckpoint(path: string, given: ResumeOptions | undefined): Promise<OpenCheckpoint> {
  const resumed = readOptions('Trainer.resume', resumeSchema, given);
  const { workers, batchSize, shareWith } = resumed;
  const stored = await readCheckpoint(path);
  const { objectives, optimizer, seed, shards } = stored;
  const resolved = resolveOptions({ ...resumed, seed }, optimizer, injectionIn(given));
  requireModules(path, stored.modules, resolved.modules);
  const functions = requireFunctions(path, objectives, resumed.functions);
  const options = { ...resolved, objectivesOf: () => objectives, functions };
  const open = await openTopology(stored.topology, weightElements(stored), options).catch((error) => {
    if (error instanceof LockstepError) throw error;
    throw damaged(path, `no run can be planned from it (${firstLine(error)})`, error);
  });
  const shared = namesSharedWith(shareWith, open.program);
  const wanted = workers ?? shareWith?.workers ?? Math.min(stored.workers, availableCores().cores);
  const division = { shards, workers: wanted, ...(shareWith !== undefined && { shareWith }) };
  const divided = { ...resolved, ...resolveDivision(division, open, batchSize) };
  return { stored, open, resolved: divided, shared, shareWith };
}
