import { userError } from '../../shared/errors.js';
import { moduleUrl } from '../../shared/modules.js';
import type { OptimizerSpec } from '../../shared/optimizers/optimizers.js';
import { type FaultPlan, injectFaults } from '../../shared/protocol/faults.js';
import { describeEvent, type TrainerEvent } from './events.js';
import { readNamed } from './optimizers.js';
import { readSchedule } from './schedules.js';
import type { EngineChoice, TrainerOptions } from './trainerOptions.js';

/** Options as the trainer uses them: every default applied, every name resolved; but the division, see there. */
export interface ResolvedOptions {
  readonly optimizer: OptimizerSpec;
  readonly seed: number;
  readonly engine: EngineChoice;
  /** URLs of modules that register layers. */
  readonly modules: readonly string[];
  readonly profile: boolean;
  readonly recovery: RecoveryOptions;
}

/** When snapshots are taken; steps and milliseconds of training. `ranks/snapshotInterval.ts` has the one that measures. */
export interface SnapshotSchedule {
  stepsFrom(elapsed: number, batchSize: number): number;
  isDue(elapsed: number, steps: number): boolean;
  observe(steps: number, milliseconds: number, snapshotCost: number | null): void;
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
  readonly snapshotInterval?: SnapshotSchedule;
}

/** What tests give under the key `injectFaults`. */
export interface Injection {
  readonly faults: FaultPlan;
  readonly snapshotInterval?: SnapshotSchedule;
}

/** Rows of one global batch, wherever a call does not say. */
export const BATCH_SIZE = 32;

const MAX_RESTARTS = 3;
const STALL_LIMIT = 60;

/** Checks a trainer's options and applies every default: past this door they are trusted. */
export function resolveOptions(options: Omit<TrainerOptions, 'loss'>): ResolvedOptions {
  const { seed = 0 } = options;
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw userError('INVALID_OPTION', `seed is ${seed}; give a whole number from 0 to 2^53 − 1.`);
  }
  return {
    optimizer: resolveOptimizer(options.optimizer),
    seed,
    engine: options.engine ?? 'auto',
    modules: resolveModules(options),
    profile: options.profile ?? false,
    recovery: resolveRecovery(options),
  };
}

/** The URLs of a trainer's modules. */
export function resolveModules({ modules = [] }: Pick<TrainerOptions, 'modules'>): readonly string[] {
  return modules.map(moduleUrl);
}

function resolveRecovery(
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
  const { faults, snapshotInterval } = options[injectFaults] ?? {};
  return {
    maxRestarts,
    stallLimit,
    ...(heapLimit !== undefined && { heapLimit }),
    onEvent,
    ...(faults !== undefined && { faults: faults.memory }),
    ...(snapshotInterval !== undefined && { snapshotInterval }),
  };
}

/** Who listens to nothing still hears that a checkpoint is missing. */
function warnOfLostCheckpoints(event: TrainerEvent): void {
  if (event.event === 'checkpointFailed') process.emitWarning(describeEvent(event), { code: 'LOCKSTEP_CHECKPOINT' });
}

function resolveOptimizer(given: TrainerOptions['optimizer']): OptimizerSpec {
  const isSpec = typeof given === 'object' && given !== null && 'kind' in given;
  const spec = isSpec ? given : readNamed(given);
  return spec.schedule === undefined ? spec : { ...spec, schedule: readSchedule(spec.schedule) };
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
