import { userError } from '../../shared/errors.js';
import type { Division } from '../../shared/partition/shardPlan.js';
import { availableCores } from '../../shared/threads/cores.js';
import type { ModelPlan } from '../models/planModel.js';
import { isLayersEngine } from '../options/engineChoice.js';
import type { TrainerFields } from '../options/trainerFields.js';
import { type ChosenWorkers, chooseWorkers } from './autoWorkers.js';

type DivisionOptions = Pick<TrainerFields, 'workers' | 'shards' | 'shareWith'>;

/** For every number of workers: shards decide in which order sums are formed, and so every bit of the result. */
const SHARDS = 8;

/** Workers and shards, once the engine is chosen; `auto` is settled for a batch size. */
export function resolveDivision(
  options: DivisionOptions,
  { engine, description }: Pick<ModelPlan, 'engine' | 'description'>,
  batchSize: number,
): ResolvedDivision {
  const { shards: given, shareWith } = options;
  const workers = workersOf(options);
  if (shareWith !== undefined && workers !== shareWith.workers) {
    throw userError(
      'INVALID_OPTION',
      `workers is ${workers}, but the trainer to share with has ${shareWith.workers}; leave workers out, or resize either of them later.`,
    );
  }
  const layersEngine = isLayersEngine(engine.name);
  const { cores: free, quota } = availableCores();
  const cores = Math.min(free, given ?? Number.POSITIVE_INFINITY);
  const wanted = workers === 'auto' ? cores : workers;
  // With TensorFlow.js each shard is a pass of its own, with batch statistics of its own.
  const shards = given ?? (layersEngine ? wanted : SHARDS);
  if (workers !== 'auto') {
    const beyond = quota !== undefined && workers > free;
    return { workers, workersReason: 'it was asked for', shards, ...(beyond && { beyondQuota: quota }) };
  }
  if (layersEngine) return { workers: wanted, workersReason: 'one a core', shards };
  // More ranks than shards would have no gradients to compute.
  const most = Math.min(cores, shards);
  const choose = (rows: number): ChosenWorkers =>
    chooseWorkers(description, { batchSize: rows, shards, engine: engine.name, most });
  const { workers: chosen, reason } = choose(batchSize);
  return { workers: chosen, workersReason: reason, shards, choose };
}

/** A division, and how its number of workers came about. */
export interface ResolvedDivision extends Division {
  readonly workersReason: string;
  /** Processors that the process may use, where more workers were asked for. */
  readonly beyondQuota?: number;
  /** Chooses again for another batch size; absent where the number is fixed. */
  readonly choose?: (batchSize: number) => ChosenWorkers;
}

function workersOf({ workers = 'auto', shareWith }: DivisionOptions): number | 'auto' {
  return workers === 'auto' && shareWith !== undefined ? shareWith.workers : workers;
}
