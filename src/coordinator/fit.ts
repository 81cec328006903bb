import { fault, LockstepError, userError } from '../shared/errors.js';
import type { Seed } from '../shared/rng.js';
import type { Callback, FitControl } from './callbacks.js';
import type { Dataset } from './data/dataset.js';
import { meansOf } from './metrics.js';
import type { FitOptions, History, Logs } from './options.js';
import { permutation } from './permutation.js';
import type { Runtime } from './runtime.js';
import { requirePositive } from './settle.js';

/** Where an unfinished `fit` stands; part of every checkpoint. */
export interface FitPosition {
  /** Epoch in progress, and how many of its batches are done. */
  epoch: number;
  batch: number;
  /** Rows and sums of the epoch so far. */
  totals: readonly number[];
  /** One value an epoch that is finished. */
  history: Record<string, number[]>;
  /** The data and batch size it stands in; going on with others would be another run. */
  readonly rows: number;
  readonly batchSize: number;
}

/** What outlives a `fit`: the trainer's own counters. */
export interface TrainingState {
  step: number;
  epochsTrained: number;
  position: FitPosition | null;
}

/** What `fit` works with. */
export interface FitContext {
  readonly runtime: Runtime;
  readonly state: TrainingState;
  readonly seed: Seed;
  /** Names of the sums: loss, then the metrics. */
  readonly names: readonly string[];
  readonly train: Dataset;
  readonly validation: Dataset | null;
}

const DEFAULTS = { epochs: 1, batchSize: 32, shuffle: true } as const;

/** How often displays hear of progress, in milliseconds. */
const PROGRESS_MS = 100;

/** Trains for some epochs; goes on where an interrupted or resumed `fit` stands. */
export async function fit(context: FitContext, given: FitOptions): Promise<History> {
  const options = readOptions(given);
  const { state, validation } = context;
  const position = takePosition(context, options.batchSize);
  const control = fitControl(context, position, options);
  let logs: Logs = {};
  await each(options.callbacks, (callback) => callback.onTrainBegin?.(control));
  while (position.epoch < options.epochs && !control.stopped) {
    await each(options.callbacks, (callback) => callback.onEpochBegin?.(position.epoch, control));
    await trainEpoch(context, position, control, options);
    logs = meansOf(context.names, position.totals);
    if (validation !== null) logs = { ...logs, ...prefixed(await evaluate(context, validation, options.batchSize)) };
    finishEpoch(state, position, logs);
    await each(options.callbacks, (callback) => callback.onEpochEnd?.(position.epoch - 1, logs, control));
    if (position.epoch < options.epochs && !control.stopped) requireGoOn(options, position);
  }
  state.position = null;
  await each(options.callbacks, (callback) => callback.onTrainEnd?.(logs, control));
  return { epoch: Array.from({ length: position.epoch }, (_, epoch) => epoch), history: position.history };
}

/** Loss and metrics over a dataset, each row counted once. */
export async function evaluate(
  { runtime, names, state }: Pick<FitContext, 'runtime' | 'names' | 'state'>,
  dataset: Dataset,
  batchSize: number,
): Promise<Logs> {
  runtime.totals = [0, ...names.map(() => 0)];
  await runtime.run({
    mode: 'evaluate',
    dataset,
    order: null,
    batchSize,
    firstBatch: 0,
    endBatch: Math.ceil(dataset.rows / batchSize),
    firstStep: state.step,
  });
  return meansOf(names, runtime.totals);
}

type ReadOptions = Required<Pick<FitOptions, 'epochs' | 'batchSize' | 'shuffle' | 'callbacks'>> &
  Pick<FitOptions, 'signal'>;

function readOptions(given: FitOptions): ReadOptions {
  const options = { ...DEFAULTS, callbacks: [], ...given };
  requirePositive('epochs', options.epochs);
  requirePositive('batchSize', options.batchSize);
  return options;
}

/** The position of an interrupted fit over the same rows and batch size, or a new one. */
function takePosition({ state, train, names }: FitContext, batchSize: number): FitPosition {
  const position = state.position ?? {
    epoch: 0,
    batch: 0,
    totals: [0, ...names.map(() => 0)],
    history: {},
    rows: train.rows,
    batchSize,
  };
  for (const [name, now] of Object.entries({ rows: train.rows, batchSize })) {
    const before = position[name as 'rows' | 'batchSize'];
    if (before === now) continue;
    throw userError(
      'RESUME_MISMATCH',
      `This run was interrupted in epoch ${position.epoch} with ${name} ${before}, but fit was called with ${name} ${now}; go on with the same training data and batch size.`,
    );
  }
  state.position = position;
  return position;
}

/** The control handed to callbacks, and whether one of them has ended training. */
function fitControl({ runtime, state, train }: FitContext, position: FitPosition, { epochs }: ReadOptions) {
  let stopped = false;
  const control: FitControl = {
    get step() {
      return state.step;
    },
    stepsPerEpoch: Math.ceil(train.rows / position.batchSize),
    epochs,
    get learningRate() {
      return runtime.learningRate;
    },
    set learningRate(value) {
      runtime.learningRate = value;
    },
    stopTraining() {
      stopped = true;
    },
  };
  return Object.defineProperty(control, 'stopped', { get: () => stopped }) as FitControl & {
    readonly stopped: boolean;
  };
}

/** The batches of one epoch that are still to do: all at once, or one by one when a callback looks at each. */
async function trainEpoch(
  context: FitContext,
  position: FitPosition,
  control: ReturnType<typeof fitControl>,
  options: ReadOptions,
): Promise<void> {
  const { train, seed, state, runtime, names } = context;
  const order = options.shuffle ? permutation(train.rows, seed, state.epochsTrained) : null;
  const watchers = options.callbacks.filter((callback) => callback.onBatchEnd !== undefined);
  const stride = watchers.length > 0 ? 1 : control.stepsPerEpoch;
  const stopWatching = watchProgress(context, position, control, options);
  try {
    while (position.batch < control.stepsPerEpoch && !control.stopped) {
      requireGoOn(options, position);
      await trainBatches(context, position, order, Math.min(position.batch + stride, control.stepsPerEpoch));
      const logs = meansOf(names, runtime.totals);
      await each(watchers, (callback) => callback.onBatchEnd?.(position.batch - 1, logs, control));
    }
  } finally {
    stopWatching();
  }
}

async function trainBatches(
  { runtime, state, train, names }: FitContext,
  position: FitPosition,
  order: SharedArrayBuffer | null,
  endBatch: number,
): Promise<void> {
  runtime.totals = position.totals;
  const { batchSize, batch: firstBatch } = position;
  const done = await runtime.run({
    mode: 'train',
    dataset: train,
    order,
    batchSize,
    firstBatch,
    endBatch,
    firstStep: state.step,
  });
  state.step += done.batches;
  position.batch += done.batches;
  position.totals = runtime.totals;
  if (done.nonFinite) throw nonFiniteLoss(runtime.lastBatch[1] / runtime.lastBatch[0], state.step, position, names);
}

function nonFiniteLoss(
  loss: number,
  step: number,
  { epoch, batch }: FitPosition,
  names: readonly string[],
): LockstepError {
  return fault(
    'NON_FINITE_LOSS',
    `The ${names[0]} is ${loss} at step ${step} (epoch ${epoch + 1}, batch ${batch + 1}); the update was not applied, so the weights are those before it. Lower the learning rate or look for extreme values in that batch.`,
  );
}

/** The epoch's values join the history and the next epoch begins at its first batch. */
function finishEpoch(state: TrainingState, position: FitPosition, logs: Logs): void {
  for (const [name, value] of Object.entries(logs)) (position.history[name] ??= []).push(value);
  position.epoch++;
  position.batch = 0;
  position.totals = position.totals.map(() => 0);
  state.epochsTrained++;
}

function requireGoOn({ signal }: ReadOptions, { epoch, batch }: FitPosition): void {
  if (!signal?.aborted) return;
  throw new LockstepError(
    'ABORTED',
    `Training was stopped in epoch ${epoch + 1} after batch ${batch}; call fit again to go on.`,
  );
}

/** Passes the stop request on to the ranks, and progress to displays, while an epoch runs; returns how to end that. */
function watchProgress(
  { runtime, names, train }: FitContext,
  position: FitPosition,
  { stepsPerEpoch, epochs }: FitControl,
  { callbacks, signal }: ReadOptions,
): () => void {
  const stop = (): void => runtime.requestStop();
  signal?.addEventListener('abort', stop);
  const displays = callbacks.filter((callback) => callback.onProgress !== undefined);
  const began = performance.now();
  const rowsBefore = position.totals[0];
  const show = (): void => {
    const totals = runtime.totals;
    const batch = Math.min(Math.ceil(totals[0] / position.batchSize), stepsPerEpoch);
    const samplesPerSecond = ((totals[0] - rowsBefore) / (performance.now() - began)) * 1000;
    const logs = meansOf(names, totals);
    for (const callback of displays) {
      callback.onProgress?.({ epoch: position.epoch, epochs, batch, stepsPerEpoch, samplesPerSecond, logs });
    }
  };
  const timer = displays.length > 0 && train.rows > 0 ? setInterval(show, PROGRESS_MS) : undefined;
  return () => {
    signal?.removeEventListener('abort', stop);
    clearInterval(timer);
    show();
  };
}

async function each(callbacks: readonly Callback[], call: (callback: Callback) => unknown): Promise<void> {
  for (const callback of callbacks) await call(callback);
}

function prefixed(logs: Logs): Logs {
  return Object.fromEntries(Object.entries(logs).map(([name, value]) => [`val_${name}`, value]));
}
