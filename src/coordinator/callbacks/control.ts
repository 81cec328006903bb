import { type Measure, ROWS } from '../../shared/program/measures.js';
import { epochSteps, type FitPosition } from '../checkpoint/position.js';
import { type Logs, logsOf } from '../compiler/metrics.js';
import type { Weight } from '../options/trainerOptions.js';
import type { Callback, FitControl, Prediction } from './callback.js';
import type { CheckpointHost, CheckpointQueue } from './checkpointQueue.js';
import { type Interruption, requireWhole } from './interruption.js';

/** What callbacks may ask of the trainer. */
export interface FitHost extends CheckpointHost {
  weights(): Weight[];
  setWeights(weights: readonly Weight[]): void;
  save(directory: string): Promise<void>;
  /** What `Trainer.predict` and `evaluate` give for such arguments; null where the work was cut short. */
  predict(given: readonly unknown[]): Promise<Prediction | Prediction[] | null>;
  evaluate(given: readonly unknown[]): Promise<Logs | null>;
  /** Aborted when the trainer is closed. */
  readonly closing: AbortSignal;
  /** Puts the final values of the weights in place; training is over. */
  finishWeights(): void;
}

/** How callbacks reach what `fit` does next. */
interface FitHandles {
  readonly epochs: number;
  readonly callbacks: readonly Callback[];
  /** Takes the checkpoints that callbacks ask for. */
  readonly queue: CheckpointQueue;
  /** Tells their wish for a pause. */
  readonly pause: () => void;
  readonly interruption: Interruption;
}

/** What callbacks see of a `fit`, or set. */
interface FitView {
  readonly runtime: { learningRate: number; readonly lastBatch: readonly number[] };
  readonly state: { readonly step: number };
  readonly validation: object | null;
  readonly measures: readonly Measure[];
  readonly host: FitHost;
}

/** The view of a `fit` that callbacks get. */
export function fitControl(
  { runtime, state, validation, measures, host }: FitView,
  position: FitPosition,
  { epochs, callbacks, queue, pause, interruption }: FitHandles,
): FitControl {
  const names = measures.map(({ name }) => name);
  const added = new Set(callbacks.flatMap(({ epochLogs = {} }) => Object.keys(epochLogs)));
  /** Null stands for work that was cut short: whoever interrupted it says why. */
  const whole = async <T>(work: Promise<T | null>): Promise<T> => {
    const done = await work;
    if (done === null) interruption.requireGoOn();
    return requireWhole(done);
  };
  const known = measures.flatMap(({ name, direction }) => (direction === undefined ? [] : [{ name, direction }]));
  return {
    get step() {
      return state.step;
    },
    get stepsPerEpoch() {
      return epochSteps(position);
    },
    epochs,
    logNames: [...names, ...(validation === null ? [] : names.map((name) => `val_${name}`)), ...added],
    directions: Object.fromEntries(
      known.flatMap(({ name, direction }) => [name, `val_${name}`].map((each) => [each, direction])),
    ),
    get lastBatch() {
      const totals = runtime.lastBatch;
      return { rows: totals[ROWS], logs: logsOf(measures, totals) };
    },
    get learningRate() {
      return runtime.learningRate;
    },
    set learningRate(value) {
      runtime.learningRate = value;
    },
    get stopped() {
      return position.stopped;
    },
    stopTraining: () => {
      position.stopped = true;
    },
    weights: () => host.weights(),
    setWeights: (weights) => host.setWeights(weights),
    checkpoint: (path) => {
      queue.ask(path);
    },
    pause,
    save: (directory) => host.save(directory),
    predict: (...given: unknown[]) => whole(host.predict(given)) as Promise<never>,
    evaluate: (...given: unknown[]) => whole(host.evaluate(given)),
  };
}
