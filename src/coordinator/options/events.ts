import type { Phase } from '../../shared/memory/control.js';
import { describeQuota } from '../../shared/threads/cores.js';

/** What a trainer tells `TrainerOptions.onEvent` of its ranks, checkpoints and rows. None of it changes a result. */
export type TrainerEvent =
  | RecoveryEvent
  | SlowRankEvent
  | FewerWorkersEvent
  | BeyondQuotaEvent
  | WorkersTunedEvent
  | CheckpointFailedEvent
  | ShortEpochsEvent
  | WidenedEvent
  | CalledFunctionEvent;

/** A rank failed; the run goes on from a snapshot. Told before the work since that snapshot is done again. */
export interface RecoveryEvent {
  readonly event: 'recovery';
  readonly rank: number;
  /** Step and phase the rank was in. */
  readonly step: number;
  readonly phase: Phase;
  /** What was thrown, or how the thread ended. */
  readonly cause: string;
  /** The step the weights are set back to; null when they did not need to be. */
  readonly restoredStep: number | null;
  /** Which recovery of this call it is, from 1, and how many there may be. */
  readonly restart: number;
  readonly maxRestarts: number;
}

/** A rank has not entered another phase for some time; it is ended when that goes on to the stall limit. */
export interface SlowRankEvent {
  readonly event: 'slowRank';
  readonly rank: number;
  readonly step: number;
  readonly phase: Phase;
  readonly seconds: number;
}

/** A rank could not be started again: the run goes on with fewer. */
export interface FewerWorkersEvent {
  readonly event: 'fewerWorkers';
  readonly workers: number;
  readonly cause: string;
}

/** More workers were asked for than the quota of the process's control group has processors for. Told once, at the start. */
export interface BeyondQuotaEvent {
  readonly event: 'beyondQuota';
  readonly workers: number;
  /** Processors that may be used, such as 1.5. */
  readonly quota: number;
}

/** With `workers: 'auto'`, training goes on with another number of ranks than was predicted to be fastest. */
export interface WorkersTunedEvent {
  readonly event: 'workersTuned';
  readonly workers: number;
  /** What was measured, in words. */
  readonly reason: string;
}

/** A checkpoint that a callback asked for could not be written; training goes on. */
export interface CheckpointFailedEvent {
  readonly event: 'checkpointFailed';
  readonly path: string;
  readonly cause: string;
}

/** `stepsPerEpoch` does not divide the steps of a pass over the rows. Told once, as `fit` begins. */
export interface ShortEpochsEvent {
  readonly event: 'shortEpochs';
  readonly stepsPerEpoch: number;
  /** Steps of one pass over the rows, and how many rows a step takes. */
  readonly steps: number;
  readonly batchSize: number;
}

/** A model's file asks for another type of numbers than float32, in which Lockstep computes all. Told as the model is opened. */
export interface WidenedEvent {
  readonly event: 'widened';
  readonly path: string;
  /** Keras's names of those types, such as `mixed_float16`. */
  readonly types: readonly string[];
}

/** A loss or metric of the caller's cannot become kernels. Told once, as the trainer is created or recompiled. */
export interface CalledFunctionEvent {
  readonly event: 'calledFunction';
  readonly function: string;
  readonly what: 'loss' | 'metric';
  /** Which operation is in the way, and why: the end of a sentence. */
  readonly reason: string;
}

/** An event as one sentence for logs. */
export function describeEvent(event: TrainerEvent): string {
  switch (event.event) {
    case 'recovery': {
      const { rank, step, phase, cause, restoredStep, restart, maxRestarts } = event;
      const action = restoredStep === null ? 'repeating' : `restored step ${restoredStep}, replaying`;
      return `Rank ${rank} failed at step ${step} in phase ${phase} (${cause}); ${action} (restart ${restart} of ${maxRestarts}).`;
    }
    case 'slowRank':
      return `Rank ${event.rank} has been in phase ${event.phase} of step ${event.step} for ${event.seconds} s.`;
    case 'fewerWorkers':
      return `A rank could not be started (${event.cause}); going on with ${workersOf(event)}.`;
    case 'beyondQuota':
      return `${workersOf(event)} were asked for, but ${describeQuota(event.quota)}; fewer workers may be faster.`;
    case 'workersTuned':
      return `Going on with ${workersOf(event)}: ${event.reason}.`;
    case 'checkpointFailed':
      return event.cause;
    case 'widened':
      return `${event.path} is of a model in ${event.types.join(', ')}, which is computed, trained and saved in float32 here.`;
    case 'calledFunction':
      return `The ${event.what} ${event.function} cannot become kernels, as ${event.reason}; TensorFlow.js computes it on the calling thread for each batch, which takes longer.`;
    case 'shortEpochs': {
      const { stepsPerEpoch, steps, batchSize } = event;
      return `The epochs in which the rows end have fewer than the ${stepsPerEpoch} steps of stepsPerEpoch: all rows are ${steps} batches of ${batchSize}.`;
    }
  }
}

function workersOf({ workers }: { readonly workers: number }): string {
  return `${workers} worker${workers === 1 ? '' : 's'}`;
}
