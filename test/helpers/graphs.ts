import type { DataSource, FunctionalConfig, LabelledData, TrainerOptions } from '../../src/index.js';
import { Draws } from '../../src/shared/random/rng.js';

/** A functional model whose inputs have these shapes, with class numbers as targets. */
export interface GraphCase {
  readonly title: string;
  readonly model: FunctionalConfig;
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  /** Inputs of whole numbers from 0 up to, but not including, 5. */
  readonly words?: readonly string[];
  readonly classes: number;
  readonly loss: TrainerOptions['loss'];
}

const input = (name: string, shape: readonly number[]) => ({ type: 'Input', name, shape });
const output = { type: 'Dense', name: 'out', units: 3, activation: 'softmax' };
const compiled = { classes: 3, loss: 'sparseCategoricalCrossentropy' } as const;

/** Functional models that together have every way in which values meet. */
export const graphCases: readonly GraphCase[] = [
  {
    title: 'a dense layer called three times, a branch that ends nowhere, merges of two and three',
    model: {
      layers: [
        input('a', [4]),
        input('b', [4]),
        { type: 'Dense', name: 'shared', units: 6, activation: 'tanh', inputs: 'a' },
        { name: 'again', shared: 'shared', inputs: 'b' },
        { type: 'Dense', name: 'wide', units: 4, activation: 'sigmoid', inputs: 'shared' },
        { name: 'once more', shared: 'shared', inputs: 'wide' },
        { type: 'Dense', name: 'nowhere', units: 2 },
        { type: 'Average', name: 'mean', inputs: ['shared', 'again', 'once more'] },
        { type: 'Maximum', name: 'largest', inputs: ['shared', 'again'] },
        { type: 'Multiply', name: 'product', inputs: ['mean', 'largest'] },
        { type: 'Concatenate', name: 'all', inputs: ['product', 'mean', 'wide'] },
        { type: 'Dropout', name: 'dropped', rate: 0.3 },
        output,
      ],
      outputs: ['out'],
    },
    inputs: { a: [4], b: [4] },
    ...compiled,
  },
  {
    title: 'a residual block of convolutions with a shared batch normalization',
    model: {
      layers: [
        input('image', [5, 4, 2]),
        { type: 'Conv2D', name: 'first', filters: 3, kernelSize: 3, padding: 'same' },
        { type: 'BatchNormalization', name: 'norm' },
        { type: 'Activation', name: 'act', activation: 'relu' },
        { type: 'Conv2D', name: 'second', filters: 3, kernelSize: 3, padding: 'same' },
        { name: 'norm again', shared: 'norm' },
        { type: 'Add', name: 'sum', inputs: ['norm again', 'first'] },
        { type: 'Flatten', name: 'flat' },
        output,
      ],
    },
    inputs: { image: [5, 4, 2] },
    ...compiled,
  },
  {
    title: 'a shared LSTM, products of its outputs, a frozen layer between trained ones',
    model: {
      layers: [
        input('left', [3, 2]),
        input('right', [3, 2]),
        { type: 'LSTM', name: 'encoder', units: 4, inputs: 'left' },
        { name: 'encoder again', shared: 'encoder', inputs: 'right' },
        { type: 'Dense', name: 'frozen', units: 4, activation: 'tanh', trainable: false },
        { type: 'Dot', name: 'similarity', axes: -1, normalize: true, inputs: ['encoder', 'encoder again'] },
        { type: 'Subtract', name: 'difference', inputs: ['encoder', 'frozen'] },
        { type: 'Concatenate', name: 'all', inputs: ['similarity', 'difference'] },
        output,
      ],
    },
    inputs: { left: [3, 2], right: [3, 2] },
    ...compiled,
  },
  {
    title: 'a Transformer block, and attention of one sequence to another',
    model: {
      layers: [
        input('tokens', [5, 4]),
        input('memory', [3, 6]),
        { type: 'Dense', name: 'embedded', units: 6, inputs: 'tokens' },
        { type: 'LayerNormalization', name: 'norm' },
        {
          ...{ type: 'MultiHeadAttention', name: 'self', numHeads: 2, keyDim: 3, dropout: 0.2, useCausalMask: true },
          inputs: ['norm', 'norm'],
        },
        { type: 'Add', name: 'attended', inputs: ['embedded', 'self'] },
        { type: 'Dense', name: 'hidden', units: 7, activation: 'gelu' },
        { type: 'Dense', name: 'narrow', units: 6 },
        { type: 'Add', name: 'block', inputs: ['attended', 'narrow'] },
        {
          ...{ type: 'MultiHeadAttention', name: 'cross', numHeads: 3, keyDim: 2, valueDim: 5, useBias: false },
          inputs: ['block', 'memory', 'memory'],
        },
        { type: 'Flatten', name: 'flat' },
        output,
      ],
    },
    inputs: { tokens: [5, 4], memory: [3, 6] },
    ...compiled,
  },
];

/** `rows` rows for a case, the same ones for the same seed. Of a sequence, row r has its first 1 + r mod steps steps. */
export function graphData({ inputs, words = [], classes }: GraphCase, rows: number, seed = 1): LabelledData {
  const draws = new Draws([seed, 0]);
  const tensor = (name: string, shape: readonly number[], key: number): DataSource => {
    draws.at('initialize', key, 0, 0);
    const size = shape.reduce((a, b) => a * b, 1);
    const values = Float32Array.from({ length: rows * size }, (_, i) => {
      const [row, step] = [Math.floor(i / size), Math.floor((i % size) / (shape[1] ?? 1))];
      if (shape.length === 2 && step > row % shape[0]) return 0;
      return words.includes(name) ? draws.word(i) % 5 : draws.uniform(i) * 2 - 1;
    });
    return { values, shape: [rows, ...shape] };
  };
  const x = Object.fromEntries(Object.entries(inputs).map(([name, shape], i) => [name, tensor(name, shape, 100 + i)]));
  draws.at('initialize', 200, 0, 0);
  return { x, y: Int32Array.from({ length: rows }, (_, row) => draws.word(row) % classes) };
}
