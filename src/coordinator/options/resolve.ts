import { moduleUrl } from '../../shared/modules.js';
import type { OptimizerSpec } from '../../shared/optimizers/optimizers.js';
import { type FaultPlan, injectFaults } from '../../shared/protocol/faults.js';
import { describeEvent, type TrainerEvent } from './events.js';

import type { ResumeFields } from './trainerFields.js';
import type { EngineChoice } from './trainerOptions.js';

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

/** A trainer's options as it uses them: past this door they are trusted. */
export function resolveOptions(
  { seed = 0, engine, modules, profile, maxRestarts, stallLimit, heapLimit, onEvent }: ResolvedFields,
  optimizer: OptimizerSpec,
  injection: Injection | undefined,
): ResolvedOptions {
  return {
    optimizer,
    seed,
    engine,
    modules: modules.map(moduleUrl),
    profile,
    recovery: {
      maxRestarts,
      stallLimit,
      ...(heapLimit !== undefined && { heapLimit }),
      onEvent: onEvent ?? warnOfLosses,
      ...(injection !== undefined && { faults: injection.faults.memory }),
      ...(injection?.snapshotInterval !== undefined && { snapshotInterval: injection.snapshotInterval }),
    },
  };
}

type ResolvedFields = Omit<ResumeFields, 'workers' | 'batchSize' | 'shareWith' | 'averaged' | 'functions'> & {
  readonly seed?: number;
};

/** What tests inject into a trainer by its options. */
export function injectionIn(given: unknown): Injection | undefined {
  return (given as { readonly [injectFaults]?: Injection } | undefined)?.[injectFaults];
}

/** Who listens to nothing still hears that a checkpoint is missing, an epoch shorter than asked for, a type another one, or a loss slow. */
function warnOfLosses(event: TrainerEvent): void {
  const code = warnings[event.event];
  if (code !== undefined) process.emitWarning(describeEvent(event), { code });
}

const warnings: Readonly<Partial<Record<TrainerEvent['event'], string>>> = {
  checkpointFailed: 'LOCKSTEP_CHECKPOINT',
  beyondQuota: 'LOCKSTEP_QUOTA',
  shortEpochs: 'LOCKSTEP_SHORT_EPOCHS',
  widened: 'LOCKSTEP_WIDENED',
  calledFunction: 'LOCKSTEP_CALLED_FUNCTION',
};
