import type { Starter, StarterEntry, StarterLayer } from './starter.js';

/** What a network is to do, and with how much. */
export interface NetworkTask {
  /** Rows of the data. */
  readonly rows: number;
  /** Of a question of classes: how many there are. */
  readonly classes?: number;
  /** Else: how many numbers are predicted. */
  readonly outputs?: number;
}

/** A small dense network for rows of numbers, with how it is compiled and trained: a sensible beginning. */
export function networkFor(task: NetworkTask): Pick<Starter, 'layers' | 'compile' | 'fit'> {
  const units = task.rows < 1000 ? 32 : task.rows < 100_000 ? 64 : 128;
  return {
    layers: [
      {
        layer: { type: 'Dense', units, activation: 'relu' },
        why: ['The width of the input is taken from the data.'],
      },
      { layer: { type: 'Dropout', rate: 0.1 } },
      { layer: { type: 'Dense', units: units / 2, activation: 'relu' } },
      outputLayer(task),
    ],
    compile: compileFor(task),
    fit: fitFor(task),
  };
}

/** The last layer for a task: a number an output, or a probability a class. */
export function outputLayer({ classes, outputs = 1 }: NetworkTask): StarterLayer {
  if (classes === undefined) return { layer: { type: 'Dense', units: outputs } };
  if (classes === 2) {
    return { layer: { type: 'Dense', units: 1, activation: 'sigmoid' }, why: ['The probability of the second class.'] };
  }
  return { layer: { type: 'Dense', units: classes, activation: 'softmax' }, why: ['The probability of each class.'] };
}

/** Classes are judged by their accuracy, numbers by the mean absolute error and R². */
export function compileFor({ classes }: NetworkTask): StarterEntry[] {
  const loss =
    classes === undefined ? 'meanSquaredError' : classes === 2 ? 'binaryCrossentropy' : 'sparseCategoricalCrossentropy';
  return [
    { key: 'optimizer', value: { name: 'adam', learningRate: 0.002 } },
    { key: 'loss', value: loss },
    { key: 'metrics', value: classes === undefined ? ['meanAbsoluteError', 'r2Score'] : ['accuracy'] },
  ];
}

/** Steps after which a small network has mostly learned what it will. */
const STEPS = 4000;

/** As many epochs as make some thousand steps; training ends before where nothing gets better. */
export function fitFor({ rows }: Pick<NetworkTask, 'rows'>): StarterEntry[] {
  const batchSize = rows < 20_000 ? 32 : rows < 200_000 ? 128 : 512;
  const epochs = Math.min(100, Math.max(5, Math.ceil((STEPS * batchSize) / rows)));
  return [
    { key: 'epochs', value: epochs },
    { key: 'batchSize', value: batchSize },
    { key: 'validationSplit', value: 0.2, why: ['A fifth of the rows is kept to validate on.'] },
    {
      key: 'restoreBest',
      value: true,
      why: ['End with the weights of the best epoch, and end early when none gets better.'],
    },
    { key: 'callbacks', value: [{ earlyStopping: { patience: Math.max(3, Math.ceil(epochs / 5)) } }] },
  ];
}
