import { availableParallelism } from 'node:os';
import { userError } from '../../shared/errors.js';
import type { Division } from '../../shared/partition/shardPlan.js';
import type { ModelPlan } from '../models/planModel.js';
import { isLayersEngine } from '../options/engineChoice.js';
import { requirePositive } from '../options/resolve.js';
import type { TrainerOptions } from '../options/trainerOptions.js';
import { type ChosenWorkers, chooseWorkers } from './autoWorkers.js';

type DivisionOptions = Pick<TrainerOptions, 'workers' | 'shards' | 'shareWith'>;

const SHARDS = 8;

/**
 * Workers and shards, once the engine is chosen: with TensorFlow.js there is a shard a worker, as each costs a pass of its
 * own; else 8, or the next power of two when more workers are asked for. `auto` is settled for a batch size.
 */
export function settleDivision(
  options: DivisionOptions,
  { engine, description }: Pick<ModelPlan, 'engine' | 'description'>,
  batchSize: number,
): SettledDivision {
  const { shards, shareWith } = options;
  const workers = workersOf(options);
  if (shareWith !== undefined && workers !== shareWith.workers) {
    throw userError(
      'INVALID_OPTION',
      `workers is ${workers}, but the trainer to share with has ${shareWith.workers}; leave workers out, or resize either of them later.`,
    );
  }
  const layersEngine = isLayersEngine(engine.name);
  if (shards !== undefined) requireShards(shards);
  if (workers === 'auto' && !layersEngine) {
    const settled = shards ?? SHARDS;
    const choose = (rows: number): ChosenWorkers => {
      const most = Math.min(availableParallelism(), settled);
      return chooseWorkers(description, { batchSize: rows, shards: settled, engine: engine.name, most });
    };
    const { workers: chosen, reason } = choose(batchSize);
    return { workers: chosen, workersReason: reason, shards: settled, choose };
  }
  const most = shards ?? Number.POSITIVE_INFINITY;
  const wanted = workers === 'auto' ? Math.min(availableParallelism(), most) : workers;
  requirePositive('workers', wanted);
  const settledShards = shards ?? (layersEngine ? wanted : defaultShards(wanted));
  requireShards(settledShards);
  requireWorkers(wanted, settledShards);
  const workersReason = workers === 'auto' ? 'one a core' : 'it was asked for';
  return { workers: wanted, workersReason, shards: settledShards };
}

/** A division, and how its number of workers came about. */
export interface SettledDivision extends Division {
  readonly workersReason: string;
  /** Chooses again for another batch size; absent where the number is fixed. */
  readonly choose?: (batchSize: number) => ChosenWorkers;
}

function workersOf({ workers = 'auto', shareWith }: DivisionOptions): number | 'auto' {
  return workers === 'auto' && shareWith !== undefined ? shareWith.workers : workers;
}

function defaultShards(workers: number): number {
  return workers > SHARDS ? 2 ** Math.ceil(Math.log2(workers)) : SHARDS;
}

/** Ample for every machine; memory and planning grow with them. */
const MOST_SHARDS = 65_536;

function requireShards(shards: number): void {
  requirePositive('shards', shards);
  if (shards <= MOST_SHARDS) return;
  throw userError('INVALID_OPTION', `shards is ${shards}; give at most ${MOST_SHARDS}.`);
}

export function requireWorkers(workers: number, shards: number): void {
  requirePositive('workers', workers);
  if (workers <= shards) return;
  throw userError(
    'MORE_WORKERS_THAN_SHARDS',
    `workers is ${workers} but a batch has only ${shards} shards; give at most ${shards} workers, or set shards to at least ${workers} (which makes it another run).`,
  );
}
