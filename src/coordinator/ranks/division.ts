import { availableParallelism } from 'node:os';
import { userError } from '../../shared/errors.js';
import type { Division } from '../../shared/partition/shardPlan.js';
import type { ModelPlan } from '../models/planModel.js';
import { isLayersEngine } from '../options/engineChoice.js';
import { requirePositive } from '../options/resolve.js';
import type { TrainerOptions } from '../options/trainerOptions.js';
import { type ChosenWorkers, chooseWorkers } from './autoWorkers.js';

type DivisionOptions = Pick<TrainerOptions, 'workers' | 'shards' | 'shareWith'>;

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
  const cores = Math.min(availableParallelism(), given ?? Number.POSITIVE_INFINITY);
  const wanted = workers === 'auto' ? cores : workers;
  requirePositive('workers', wanted);
  // With TensorFlow.js each shard is a pass of its own, with batch statistics of its own.
  const shards = given ?? (layersEngine ? wanted : SHARDS);
  requireShards(shards);
  if (workers !== 'auto') return { workers, workersReason: 'it was asked for', shards };
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
  /** Chooses again for another batch size; absent where the number is fixed. */
  readonly choose?: (batchSize: number) => ChosenWorkers;
}

function workersOf({ workers = 'auto', shareWith }: DivisionOptions): number | 'auto' {
  return workers === 'auto' && shareWith !== undefined ? shareWith.workers : workers;
}

/** Ample for every machine; memory and planning grow with them. */
const MOST_SHARDS = 65_536;

function requireShards(shards: number): void {
  requirePositive('shards', shards);
  if (shards <= MOST_SHARDS) return;
  throw userError('INVALID_OPTION', `shards is ${shards}; give at most ${MOST_SHARDS}.`);
}
