import type { Measure } from '../shared/program/measures.js';
import { addTotals } from '../shared/program/totals.js';
import type { NonFinite } from '../shared/protocol/messages.js';
import type { Seed } from '../shared/random/rng.js';
import type { Callback, FitControl } from './callbacks/callback.js';
import { CheckpointQueue } from './callbacks/checkpointQueue.js';
import { type FitHost, fitControl } from './callbacks/control.js';
import { CallbackFailure } from './callbacks/failure.js';
import { aborted, sayHowToGoOn } from './callbacks/howToGoOn.js';
import { closedDuringCall, Interruption, requireWhole } from './callbacks/interruption.js';
import { Listeners } from './callbacks/listeners.js';
import { requireSameCallbacks, restoreStates, statesOf } from './callbacks/states.js';
import {
  batchesOf,
  endsWithinEpoch,
  epochSteps,
  type FitPosition,
  lastLogs,
  type TrainingState,
  takePosition,
} from './checkpoint/position.js';
import { type Logs, logsOf } from './compiler/metrics.js';
import type { Batches, BatchSource } from './data/batchSource.js';
import { permutation } from './data/permutation.js';
import type { FitFields } from './options/fitFields.js';
import type { History } from './options/trainerOptions.js';
import { evaluate, noBatches } from './predict.js';
import { watchProgress } from './progress.js';
import { nonFiniteStep } from './ranks/nonFiniteStep.js';
import type { Runtime } from './ranks/runtime.js';

/** What `fit` works with. */
export interface FitContext {
  readonly runtime: Runtime;
  readonly state: TrainingState;
  readonly seed: Seed;
  /** The values of the logs: loss, then the metrics. */
  readonly measures: readonly Measure[];
  readonly train: BatchSource;
  readonly validation: BatchSource | null;
  readonly host: FitHost;
  /** With `workers: 'auto'`: takes the number that is best for batches of that size. */
  chooseWorkers(batchSize: number): Promise<void>;
}

/** One call of `fit`: what it works with, where it stands, and who listens. */
export interface Fit {
  readonly context: FitContext;
  readonly position: FitPosition;
  readonly options: FitSettings;
  readonly control: FitControl;
  readonly listeners: Listeners;
  readonly queue: CheckpointQueue;
  readonly wishes: Wishes;
  readonly interruption: Interruption;
}

/** What callbacks have asked for and not yet had. */
interface Wishes {
  pause: boolean;
  /** Whether the user has heard that the data end before an epoch's steps do. */
  hasHeardOfEnd: boolean;
}

/** How one call of `fit` trains. */
export type FitSettings = Omit<FitFields, 'callbacks' | 'validationData'> & { readonly callbacks: readonly Callback[] };

/** Trains for some epochs; goes on where an interrupted or resumed `fit` stands. */
export async function fit(context: FitContext, options: FitSettings): Promise<History> {
  using interruption = new Interruption();
  const run = await begin(context, options, interruption).catch((error: unknown) => {
    throw error instanceof CallbackFailure ? error.cause : error;
  });
  try {
    return await trainEpochs(run);
  } catch (error) {
    throw sayHowToGoOn(error, context.state, run.position);
  } finally {
    await run.queue.settle();
    await context.train.close();
    await context.validation?.close();
  }
}

async function trainEpochs(run: Fit): Promise<History> {
  const { position, control, listeners, context, interruption } = run;
  let logs = lastLogs(position);
  while (hasMore(run)) {
    if (!(await hasData(run))) break;
    await listeners.tell((callback) => callback.onEpochBegin?.(position.epoch, control));
    if (!hasMore(run)) break;
    const isPassOver = await trainEpoch(run);
    logs = await closeEpoch(run, isPassOver);
    await listeners.tell((callback) => callback.onEpochEnd?.(position.epoch - 1, logs, control));
    if (hasMore(run)) interruption.requireGoOn();
  }
  // What is left of a pass over the rows is left out: another fit begins one anew.
  if (position.taken > 0) context.state.epochsTrained++;
  context.host.finishWeights();
  context.state.position = null;
  context.state.callbackStates = () => [];
  await listeners.tell((callback) => callback.onTrainEnd?.(logs, control));
  const trained = position.history.loss?.length ?? 0;
  const first = position.epoch - trained;
  return { epoch: Array.from({ length: trained }, (_, i) => first + i), history: position.history };
}

/**
 * Finds where to start, tells the callbacks that training begins, and gives them what they remembered. Only then is the
 * fit one that can be interrupted: what a callback refuses leaves nothing to go on with.
 */
async function begin(context: FitContext, options: FitSettings, interruption: Interruption): Promise<Fit> {
  const { state, host } = context;
  const stored = state.position === null ? null : state.callbackStates();
  if (stored !== null) requireSameCallbacks(stored, options.callbacks);
  const position = takePosition(context, options);
  interruption.follow(options.signal, () => aborted(position));
  interruption.follow(host.closing, closedDuringCall);
  const queue = new CheckpointQueue(host);
  const wishes: Wishes = { pause: false, hasHeardOfEnd: false };
  const pause = (): void => {
    wishes.pause = true;
    if (context.runtime.isTraining) context.runtime.requestStop();
  };
  const control = fitControl(context, position, { ...options, queue, pause, interruption });
  const listeners = new Listeners(options.callbacks, queue);
  await listeners.tell((callback) => callback.onTrainBegin?.(control));
  if (stored !== null) await restoreStates(stored, options.callbacks);
  if (endsWithinEpoch(position, options.epochs)) tellOfShortEpochs(context, position);
  state.position = position;
  state.callbackStates = () => statesOf(options.callbacks);
  return { context, position, options, control, listeners, queue, wishes, interruption };
}

function tellOfShortEpochs({ runtime }: FitContext, position: FitPosition): void {
  // A dataset has neither, and no number of batches that could be too small.
  const { batchSize, stepsPerEpoch } = position as FitPosition & { batchSize: number; stepsPerEpoch: number };
  runtime.tell({ event: 'shortEpochs', stepsPerEpoch, steps: batchesOf(position), batchSize });
}

/** Whether an epoch is to begin, or one that a callback ended early is still to be closed. */
function hasMore({ position: { epoch, batch, stopped }, options: { epochs } }: Fit): boolean {
  return epoch < epochs && (!stopped || batch > 0);
}

/** Whether the data have a batch for the epoch that is to begin: a pass over a dataset may have ended with the epoch before it. */
async function hasData({ context: { train, state }, position, options, interruption }: Fit): Promise<boolean> {
  const hasNext = (): Promise<boolean> => interruption.orEnd(train.hasBatch(state.epochsTrained, position.taken));
  if (position.batch > 0 || (await hasNext())) return true;
  if (position.taken > 0) {
    position.taken = 0;
    state.epochsTrained++;
    if (await hasNext()) return true;
  }
  if (position.history.loss === undefined) {
    state.position = null;
    throw noBatches();
  }
  warn(
    `The dataset ended after epoch ${position.epoch} of ${options.epochs}, and training ends with it. An iterator can be gone through once: give a function that returns it anew for each pass, or a tf.data.Dataset.`,
  );
  return false;
}

/**
 * The batches of one epoch that are still to do: up to the next pause, or one by one when a callback looks at each. Tells
 * whether the pass over the data has ended with it.
 */
async function trainEpoch(run: Fit): Promise<boolean> {
  const { position, control, listeners, options, context, interruption } = run;
  const { train, seed, state, measures, runtime } = context;
  const { taken } = position;
  const shuffled = options.shuffle && train.rows !== null;
  const supply = train.epoch({
    pass: state.epochsTrained,
    order: shuffled ? permutation(train.rows, seed, state.epochsTrained) : null,
    batchSize: options.batchSize,
    firstBatch: taken + position.batch,
    endBatch: taken + epochSteps(position),
    isHeld: (dataset) => runtime.holds(dataset),
  });
  let isPassOver = false;
  const stopWatching = watchProgress(run);
  try {
    while (position.batch < epochSteps(position) && !position.stopped) {
      interruption.requireGoOn();
      const stride = listeners.watchBatches ? 1 : Math.min(listeners.stepsToPause(state.step), supply.most);
      const end = Math.min(position.batch + stride, epochSteps(position));
      const batches = await interruption.orEnd(supply.take(taken + position.batch, taken + end));
      if (batches === null) {
        isPassOver = true;
        break;
      }
      await listeners.tell((callback) => callback.onBatchBegin?.(position.batch, control));
      interruption.requireGoOn();
      if (train.rows === null) await context.chooseWorkers(batches.batchSize);
      await trainBatches(run, batches);
      const logs = logsOf(measures, position.totals);
      await listeners.tell((callback) => callback.onBatchEnd?.(position.batch - 1, logs, control));
      await pauseIfWanted(run);
    }
  } finally {
    stopWatching();
    await supply.close();
  }
  interruption.requireHeard();
  if (isPassOver) warnOfShortEpoch(run);
  return isPassOver || taken + position.batch >= batchesOf(position);
}

/** An epoch of a dataset that ends before its steps do; told once, as it is likely to come again. */
function warnOfShortEpoch({ position: { stepsPerEpoch, batch, epoch }, wishes }: Fit): void {
  if (stepsPerEpoch === null || wishes.hasHeardOfEnd) return;
  wishes.hasHeardOfEnd = true;
  warn(
    `The dataset ended after ${batch} of the ${stepsPerEpoch} steps of epoch ${epoch + 1}, which ends with it; the next epoch goes through it anew. Give at least stepsPerEpoch × epochs batches, as with repeat().`,
  );
}

function warn(message: string): void {
  process.emitWarning(message, { code: 'LOCKSTEP_DATA' });
}

/** At the end of an epoch `onEpochEnd` comes instead. */
async function pauseIfWanted({ context, position, control, listeners, wishes }: Fit): Promise<void> {
  if (position.batch >= control.stepsPerEpoch) return;
  const asked = wishes.pause;
  wishes.pause = false;
  await listeners.pause(context.state.step, asked, control);
}

async function trainBatches(run: Fit, batches: Batches): Promise<void> {
  const { runtime, state } = run.context;
  const { position } = run;
  runtime.totals = position.totals;
  const done = await runtime.run({ mode: 'train', ...batches, firstStep: state.step });
  state.step += done.batches;
  position.batch += done.batches;
  position.totals = runtime.totals;
  if (done.failure !== undefined) throw done.failure;
  if (done.nonFinite !== null) await surviveNonFinite(run, done.nonFinite);
}

/** Throws unless a callback ends training; the epoch's means then include the batch, so that the history shows it. */
async function surviveNonFinite({ context, position, control, listeners }: Fit, what: NonFinite): Promise<void> {
  const { runtime, state, measures } = context;
  const batch = runtime.lastBatch;
  const { epoch, batch: number } = position;
  const place = `step ${state.step} (epoch ${epoch + 1}, batch ${number + 1})`;
  const error = nonFiniteStep(what, logsOf(measures, batch).loss, place);
  await listeners.tell((callback) => callback.onNonFiniteLoss?.(error, control));
  if (!position.stopped) throw error;
  position.batch++;
  const count = batch.length;
  const totals = [...position.totals, ...batch];
  addTotals(measures, totals, 0, count, count);
  position.totals = totals.slice(0, count);
}

/** Validates, and the epoch's values join the history; the next epoch begins at its first batch. */
async function closeEpoch(
  { context, position, options, control, listeners, interruption }: Fit,
  isPassOver: boolean,
): Promise<Logs> {
  const { validation, measures, state, runtime } = context;
  const { validationBatchSize: batchSize = options.batchSize, validationSteps: steps } = options;
  let logs = logsOf(measures, position.totals);
  if (validation !== null && isValidated(position.epoch + 1, options)) {
    const orEnd = <T>(work: Promise<T>): Promise<T> => interruption.orEnd(work);
    const job = { runtime, measures, step: state.step, orEnd };
    const validated = await evaluate(job, validation, { batchSize, steps });
    if (validated === null) interruption.requireGoOn();
    logs = { ...logs, ...prefixed(requireWhole(validated)) };
  }
  logs = { ...logs, ...(await listeners.epochLogs(control)) };
  for (const [name, value] of Object.entries(logs)) (position.history[name] ??= []).push(value);
  position.taken += position.batch;
  position.epoch++;
  position.batch = 0;
  position.totals = position.totals.map(() => 0);
  if (isPassOver) {
    position.taken = 0;
    state.epochsTrained++;
  }
  return logs;
}

/** Whether an epoch, counted from 1, is one of those after which `fit` validates. */
function isValidated(epoch: number, { validationFreq }: FitSettings): boolean {
  return typeof validationFreq === 'number' ? epoch % validationFreq === 0 : validationFreq.includes(epoch);
}

function prefixed(logs: Logs): Logs {
  return Object.fromEntries(Object.entries(logs).map(([name, value]) => [`val_${name}`, value]));
}
