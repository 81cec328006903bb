import { availableParallelism } from 'node:os';
import { userError } from '../../shared/errors.js';
import { moduleUrl } from '../../shared/modules.js';
import type { OptimizerSpec } from '../../shared/optimizers/optimizers.js';
import type { Division } from '../../shared/partition/shardPlan.js';
import { type FaultPlan, injectFaults } from '../../shared/protocol/faults.js';
import { isLayersEngine } from '../compiler/engine.js';
import type { ModelPlan } from '../models/planModel.js';
import { type ChosenWorkers, chooseWorkers } from '../ranks/autoWorkers.js';
import type { Cadence } from '../ranks/snapshotInterval.js';
import { describeEvent, type TrainerEvent } from './events.js';
import { read } from './optimizers.js';
import { readSchedule } from './schedules.js';
import type { EngineChoice, TrainerOptions } from './trainerOptions.js';

/** Options as the trainer uses them: every default applied, every name settled; but the division, see there. */
export interface Settled {
  readonly optimizer: OptimizerSpec;
  readonly seed: number;
  readonly engine: EngineChoice;
  /** URLs of modules that register layers. */
  readonly modules: readonly string[];
  readonly profile: boolean;
  readonly recovery: RecoveryOptions;
}

/** How faults of ranks are met. */
export interface RecoveryOptions {
  readonly maxRestarts: number;
  /** Seconds. */
  readonly stallLimit: number;
  /** MiB. */
  readonly heapLimit?: number;
  readonly onEvent: (event: TrainerEvent) => void;
  /** In tests alone: the memory of a `FaultPlan`, and when to take snapshots. */
  readonly faults?: SharedArrayBuffer;
  readonly cadence?: Cadence;
}

/** What tests give under the key `injectFaults`. */
export interface Injection {
  readonly faults: FaultPlan;
  readonly cadence?: Cadence;
}

type DivisionOptions = Pick<TrainerOptions, 'workers' | 'shards' | 'shareWith'>;

const SHARDS = 8;
const MAX_RESTARTS = 3;
const STALL_LIMIT = 60;

/** Checks a trainer's options and applies every default: past this door they are trusted. */
export function settle(options: Omit<TrainerOptions, 'loss'>): Settled {
  const { seed = 0 } = options;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw userError('INVALID_OPTION', `seed is ${seed}; give a whole number from 0 to 2^53 − 1.`);
  }
  return {
    optimizer: settleOptimizer(options.optimizer),
    seed,
    engine: options.engine ?? 'auto',
    modules: settleModules(options),
    profile: options.profile ?? false,
    recovery: settleRecovery(options),
  };
}

/** The URLs of a trainer's modules. */
export function settleModules({ modules = [] }: Pick<TrainerOptions, 'modules'>): readonly string[] {
  return modules.map(moduleUrl);
}

function settleRecovery(
  options: Omit<TrainerOptions, 'loss'> & { readonly [injectFaults]?: Injection },
): RecoveryOptions {
  const { maxRestarts = MAX_RESTARTS, stallLimit = STALL_LIMIT, heapLimit, onEvent = warnOfLostCheckpoints } = options;
  if (!Number.isSafeInteger(maxRestarts) || maxRestarts < 0) {
    throw userError('INVALID_OPTION', `maxRestarts is ${maxRestarts}; give a whole number of at least 0.`);
  }
  if (typeof stallLimit !== 'number' || !(stallLimit > 0)) {
    throw userError('INVALID_OPTION', `stallLimit is ${stallLimit}; give seconds above 0, or Infinity.`);
  }
  if (heapLimit !== undefined) requirePositive('heapLimit', heapLimit);
  const { faults, cadence } = options[injectFaults] ?? {};
  return {
    maxRestarts,
    stallLimit,
    ...(heapLimit !== undefined && { heapLimit }),
    onEvent,
    ...(faults !== undefined && { faults: faults.memory }),
    ...(cadence !== undefined && { cadence }),
  };
}

/** Who listens to nothing still hears that a checkpoint is missing. */
function warnOfLostCheckpoints(event: TrainerEvent): void {
  if (event.event === 'checkpointFailed') process.emitWarning(describeEvent(event), { code: 'LOCKSTEP_CHECKPOINT' });
}

function settleOptimizer(given: TrainerOptions['optimizer']): OptimizerSpec {
  const spec = typeof given === 'string' ? read(given, {}) : given;
  return spec.schedule === undefined ? spec : { ...spec, schedule: readSchedule(spec.schedule) };
}

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

export function requireShare(validationSplit: number): number {
  if (validationSplit > 0 && validationSplit < 1) return validationSplit;
  throw userError(
    'INVALID_OPTION',
    `validationSplit is ${validationSplit}; give a share between 0 and 1, such as 0.2.`,
  );
}

export function requirePositive(name: string, value: unknown): void {
  if (Number.isSafeInteger(value) && (value as number) > 0) return;
  throw userError('INVALID_OPTION', `${name} is ${JSON.stringify(value) ?? value}; give a whole number of at least 1.`);
}
