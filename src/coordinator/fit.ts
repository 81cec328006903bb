import { DataFailure, fault, LockstepError, userError } from '../shared/errors.js';
import type { Measure } from '../shared/program/measures.js';
import type { Seed } from '../shared/random/rng.js';
import type { FitControl } from './callbacks/callback.js';
import { CheckpointQueue } from './callbacks/checkpointQueue.js';
import { type FitHost, fitControl } from './callbacks/control.js';
import { CallbackFailure } from './callbacks/failure.js';
import type { FitOptions } from './callbacks/fitOptions.js';
import { closedDuringCall, Interruption } from './callbacks/interruption.js';
import { Listeners } from './callbacks/listeners.js';
import { requireSameCallbacks, restoreStates, statesOf } from './callbacks/states.js';
import { type FitPosition, lastLogs, type TrainingState, takePosition } from './checkpoint/position.js';
import { type Logs, logsOf } from './compiler/metrics.js';
import type { BatchSource, EpochBatches } from './data/batchSource.js';
import type { Dataset } from './data/dataset.js';
import { permutation } from './data/permutation.js';
import { UnreadableRows } from './data/rowSource.js';
import { BATCH_SIZE, requirePositive } from './options/resolve.js';
import type { History } from './options/trainerOptions.js';
import { watchProgress } from './progress.js';
import type { Runtime } from './ranks/runtime.js';
/** What `fit` works with. */
export interface FitContext {
  readonly runtime: Runtime;
  readonly state: TrainingState;
  readonly seed: Seed;
  /** The values of the logs: loss, then the metrics. */
  readonly measures: readonly Measure[];
  readonly train: BatchSource;
  readonly validation: Dataset | null;
  readonly host: FitHost;
}

/** One call of `fit`: what it works with, where it stands, and who listens. */
export interface Fit {
  readonly context: FitContext;
  readonly position: FitPosition;
  readonly options: ReadOptions;
  readonly control: FitControl;
  readonly listeners: Listeners;
  readonly queue: CheckpointQueue;
  readonly wishes: Wishes;
  readonly interruption: Interruption;
}

/** What callbacks have asked for and not yet had. */
interface Wishes {
  pause: boolean;
}

const DEFAULTS = { epochs: 1, batchSize: BATCH_SIZE, shuffle: true } as const;

/** Trains for some epochs; goes on where an interrupted or resumed `fit` stands. */
export async function fit(context: FitContext, given: FitOptions): Promise<History> {
  using interruption = new Interruption();
  const run = await begin(context, readOptions(given), interruption).catch((error: unknown) => {
    throw error instanceof CallbackFailure ? error.cause : error;
  });
  try {
    return await trainEpochs(run);
  } catch (error) {
    throw sayHowToGoOn(error, run);
  } finally {
    await run.queue.settle();
  }
}

async function trainEpochs(run: Fit): Promise<History> {
  const { position, control, listeners, context, interruption } = run;
  let logs = lastLogs(position);
  while (hasMore(run)) {
    await listeners.tell((callback) => callback.onEpochBegin?.(position.epoch, control));
    if (!hasMore(run)) break;
    await trainEpoch(run);
    logs = await closeEpoch(run);
    await listeners.tell((callback) => callback.onEpochEnd?.(position.epoch - 1, logs, control));
    if (hasMore(run)) interruption.requireGoOn();
  }
  context.host.finishWeights();
  context.state.position = null;
  context.state.callbackStates = () => [];
  await listeners.tell((callback) => callback.onTrainEnd?.(logs, control));
  return { epoch: Array.from({ length: position.epoch }, (_, epoch) => epoch), history: position.history };
}

/** Loss and metrics over a dataset, each row counted once. */
export async function evaluate(
  { runtime, measures, state }: Pick<FitContext, 'runtime' | 'measures' | 'state'>,
  dataset: Dataset,
  batchSize: number,
): Promise<Logs> {
  runtime.totals = runtime.totals.map(() => 0);
  const { failure } = await runtime.run({
    mode: 'evaluate',
    dataset,
    order: null,
    batchSize,
    firstBatch: 0,
    endBatch: Math.ceil(dataset.rows / batchSize),
    firstStep: state.step,
  });
  if (failure !== undefined) throw failure;
  return logsOf(measures, runtime.totals);
}

type ReadOptions = Required<Pick<FitOptions, 'epochs' | 'batchSize' | 'shuffle' | 'callbacks'>> &
  Pick<FitOptions, 'signal'>;

function readOptions(given: FitOptions): ReadOptions {
  const options = { ...DEFAULTS, callbacks: [], ...given };
  requirePositive('epochs', options.epochs);
  requirePositive('batchSize', options.batchSize);
  return options;
}

/**
 * Finds where to start, tells the callbacks that training begins, and gives them what they remembered. Only then is the
 * fit one that can be interrupted: what a callback refuses leaves nothing to go on with.
 */
async function begin(context: FitContext, options: ReadOptions, interruption: Interruption): Promise<Fit> {
  const { state, host } = context;
  const stored = state.position === null ? null : state.callbackStates();
  if (stored !== null) requireSameCallbacks(stored, options.callbacks);
  const position = takePosition(context, options.batchSize);
  interruption.follow(options.signal, () => aborted(position));
  interruption.follow(host.closing, closedDuringCall);
  const queue = new CheckpointQueue(host);
  const wishes: Wishes = { pause: false };
  const pause = (): void => {
    wishes.pause = true;
    context.runtime.requestStop();
  };
  const control = fitControl(context, position, options.epochs, queue, pause);
  const listeners = new Listeners(options.callbacks, queue);
  await listeners.tell((callback) => callback.onTrainBegin?.(control));
  if (stored !== null) await restoreStates(stored, options.callbacks);
  state.position = position;
  state.callbackStates = () => statesOf(options.callbacks);
  return { context, position, options, control, listeners, queue, wishes, interruption };
}

/** Whether an epoch is to begin, or one that a callback ended early is still to be closed. */
function hasMore({ position: { epoch, batch, stopped }, options: { epochs } }: Fit): boolean {
  return epoch < epochs && (!stopped || batch > 0);
}

/** The batches of one epoch that are still to do: up to the next pause, or one by one when a callback looks at each. */
async function trainEpoch(run: Fit): Promise<void> {
  const { position, control, listeners, options, context, interruption } = run;
  const { train, seed, state, measures, runtime } = context;
  const order = options.shuffle ? permutation(train.rows, seed, state.epochsTrained) : null;
  const supply = train.epoch(order, position.batchSize, position.batch, (dataset) => runtime.holds(dataset));
  const stopWatching = watchProgress(run);
  try {
    while (position.batch < control.stepsPerEpoch && !position.stopped) {
      interruption.requireGoOn();
      await listeners.tell((callback) => callback.onBatchBegin?.(position.batch, control));
      const stride = listeners.watchBatches ? 1 : Math.min(listeners.stepsToPause(state.step), supply.most);
      await trainBatches(run, supply, Math.min(position.batch + stride, control.stepsPerEpoch));
      const logs = logsOf(measures, position.totals);
      await listeners.tell((callback) => callback.onBatchEnd?.(position.batch - 1, logs, control));
      await pauseIfWanted(run);
    }
  } finally {
    stopWatching();
    await supply.close();
  }
  interruption.requireHeard();
}

/** At the end of an epoch `onEpochEnd` comes instead. */
async function pauseIfWanted({ context, position, control, listeners, wishes }: Fit): Promise<void> {
  if (position.batch >= control.stepsPerEpoch) return;
  const asked = wishes.pause;
  wishes.pause = false;
  await listeners.pause(context.state.step, asked, control);
}

async function trainBatches(run: Fit, supply: EpochBatches, endBatch: number): Promise<void> {
  const { runtime, state } = run.context;
  const { position } = run;
  const batches = await run.interruption.orEnd(supply.take(position.batch, endBatch));
  runtime.totals = position.totals;
  const done = await runtime.run({ mode: 'train', ...batches, firstStep: state.step });
  state.step += done.batches;
  position.batch += done.batches;
  position.totals = runtime.totals;
  if (done.failure !== undefined) throw done.failure;
  if (done.nonFinite) await surviveNonFiniteLoss(run);
}

/** Throws unless a callback ends training; the epoch's means then include the batch, so that the history shows it. */
async function surviveNonFiniteLoss({ context, position, control, listeners }: Fit): Promise<void> {
  const { runtime, state, measures } = context;
  const batch = runtime.lastBatch;
  const error = nonFiniteLoss(logsOf(measures, batch).loss, state.step, position);
  await listeners.tell((callback) => callback.onNonFiniteLoss?.(error, control));
  if (!position.stopped) throw error;
  position.batch++;
  position.totals = position.totals.map((total, i) => total + batch[i]);
}

function nonFiniteLoss(loss: number, step: number, { epoch, batch }: FitPosition): LockstepError {
  return userError(
    'NON_FINITE_LOSS',
    `The loss is ${loss} at step ${step} (epoch ${epoch + 1}, batch ${batch + 1}); the update was not applied, so the weights are those before it. Lower the learning rate or look for extreme values in that batch.`,
  );
}

/** Validates, and the epoch's values join the history; the next epoch begins at its first batch. */
async function closeEpoch({ context, position, options }: Fit): Promise<Logs> {
  const { validation, measures, state } = context;
  let logs = logsOf(measures, position.totals);
  if (validation !== null) logs = { ...logs, ...prefixed(await evaluate(context, validation, options.batchSize)) };
  for (const [name, value] of Object.entries(logs)) (position.history[name] ??= []).push(value);
  position.epoch++;
  position.batch = 0;
  position.totals = position.totals.map(() => 0);
  state.epochsTrained++;
  return logs;
}

/** What a callback or a data source throws is not an error of Lockstep's own: it gets the place, and how to go on from there. */
function sayHowToGoOn(error: unknown, { position: { epoch, batch }, context }: Fit): unknown {
  const { step } = context.state;
  if (error instanceof UnreadableRows) {
    const next = `The trainer stands after step ${step}: mend the source and call fit again, or keep what is trained with trainer.checkpoint(path).`;
    return new DataFailure(error.message, next, error.cause);
  }
  if (!(error instanceof CallbackFailure)) return error;
  const { message, cause } = error;
  if (cause instanceof LockstepError) return cause;
  if (context.state.position === null) {
    return fault(
      'CALLBACK_FAILED',
      `A callback failed when training had ended, after step ${step}: ${message}.`,
      cause,
    );
  }
  return fault(
    'CALLBACK_FAILED',
    `A callback failed in epoch ${epoch + 1} after batch ${batch}: ${message}; the trainer stands after step ${step}, so call fit again to go on.`,
    cause,
  );
}

function aborted({ epoch, batch }: FitPosition): LockstepError {
  return userError(
    'ABORTED',
    `Training was stopped in epoch ${epoch + 1} after batch ${batch}; call fit again to go on.`,
  );
}

function prefixed(logs: Logs): Logs {
  return Object.fromEntries(Object.entries(logs).map(([name, value]) => [`val_${name}`, value]));
}
