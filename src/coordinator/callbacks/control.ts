import type { FitPosition } from '../checkpoint/position.js';
import type { FitContext } from '../fit.js';
import type { FitControl } from './callback.js';
import type { CheckpointQueue } from './checkpointQueue.js';

/**
 * The view of a `fit` that callbacks get; `queue` takes the checkpoints they ask for, `pause` their wish
 * for a pause.
 */
export function fitControl(
  { runtime, state, train, validation, measures, host }: FitContext,
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
