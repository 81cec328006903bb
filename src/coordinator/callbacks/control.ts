import type { Measure } from '../../shared/program/measures.js';
import type { FitPosition } from '../checkpoint/position.js';
import type { Weight } from '../options/trainerOptions.js';
import type { FitControl } from './callback.js';
import type { CheckpointHost, CheckpointQueue } from './checkpointQueue.js';

/** What callbacks may ask of the trainer. */
export interface FitHost extends CheckpointHost {
  weights(): Weight[];
  setWeights(weights: readonly Weight[]): void;
  save(directory: string): Promise<void>;
  /** Aborted when the trainer is closed. */
  readonly closing: AbortSignal;
  /** Puts the final values of the weights in place; training is over. */
  finishWeights(): void;
}

/** What callbacks see of a `fit`, or set. */
interface FitView {
  readonly runtime: { learningRate: number };
  readonly state: { readonly step: number };
  readonly train: { readonly rows: number };
  readonly validation: object | null;
  readonly measures: readonly Pick<Measure, 'name' | 'direction'>[];
  readonly host: FitHost;
}

/**
 * The view of a `fit` that callbacks get; `queue` takes the checkpoints they ask for, `pause` their wish
 * for a pause.
 */
export function fitControl(
  { runtime, state, train, validation, measures, host }: FitView,
  position: FitPosition,
  epochs: number,
  queue: CheckpointQueue,
  pause: () => void,
): FitControl {
  const names = measures.map(({ name }) => name);
  const known = measures.flatMap(({ name, direction }) => (direction === undefined ? [] : [{ name, direction }]));
  return {
    get step() {
      return state.step;
    },
    stepsPerEpoch: Math.ceil(train.rows / position.batchSize),
    epochs,
    logNames: validation === null ? names : [...names, ...names.map((name) => `val_${name}`)],
    directions: Object.fromEntries(
      known.flatMap(({ name, direction }) => [name, `val_${name}`].map((each) => [each, direction])),
    ),
    get learningRate() {
      return runtime.learningRate;
    },
    set learningRate(value) {
      runtime.learningRate = value;
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
  };
}
