import type { LabelledData, LayerConfig, LossName } from '../../src/coordinator/options/trainerOptions.js';
import { Draws } from '../../src/shared/random/rng.js';

/** A small model with data that suit it; sizes are chosen to be awkward: primes, ragged batches, odd images. */
export interface Case {
  readonly title: string;
  readonly layers: readonly LayerConfig[];
  readonly loss: LossName;
  readonly metrics: readonly ['accuracy'] | readonly [];
  readonly inputShape: readonly number[];
  readonly targets: 'values' | 'binary' | 'classes' | 'oneHot';
  readonly outputs: number;
  /** TensorFlow.js lacks one of its layers, or trains it otherwise than Keras: the golden values check those. */
  readonly beyondTfjs?: true;
}

export const cases: readonly Case[] = [
  {
    title: 'a dense regression',
    layers: [
      { type: 'Dense', units: 13, activation: 'tanh', inputShape: [7] },
      { type: 'Dense', units: 5, activation: 'sigmoid' },
      { type: 'Dense', units: 3 },
    ],
    loss: 'meanSquaredError',
    metrics: [],
    inputShape: [7],
    targets: 'values',
    outputs: 3,
  },
  {
    title: 'a binary classifier without biases',
    layers: [
      { type: 'Dense', units: 11, activation: 'relu', useBias: false, inputDim: 6 },
      { type: 'Dense', units: 1, activation: 'sigmoid' },
    ],
    loss: 'binaryCrossentropy',
    metrics: ['accuracy'],
    inputShape: [6],
    targets: 'binary',
    outputs: 1,
  },
  {
    title: 'a convolutional classifier with class numbers',
    layers: [
      { type: 'Conv2D', filters: 5, kernelSize: 3, padding: 'same', activation: 'relu', inputShape: [7, 6, 2] },
      { type: 'MaxPooling2D', poolSize: 2, padding: 'same' },
      { type: 'Conv2D', filters: 4, kernelSize: [2, 3], strides: [2, 1], activation: 'tanh' },
      { type: 'Flatten' },
      { type: 'Dense', units: 9, activation: 'relu' },
      { type: 'Dense', units: 4, activation: 'softmax' },
    ],
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
    inputShape: [7, 6, 2],
    targets: 'classes',
    outputs: 4,
  },
  {
    title: 'a classifier with one-hot targets and layers that only reshape or activate',
    layers: [
      { type: 'Reshape', targetShape: [2, 5], inputShape: [10] },
      { type: 'Dense', units: 6 },
      { type: 'Activation', activation: 'sigmoid' },
      { type: 'Flatten' },
      { type: 'Dense', units: 3 },
      { type: 'Activation', activation: 'softmax' },
    ],
    loss: 'categoricalCrossentropy',
    metrics: ['accuracy'],
    inputShape: [10],
    targets: 'oneHot',
    outputs: 3,
  },
  {
    title: 'a recurrent classifier of two LSTM layers',
    layers: [
      { type: 'LSTM', units: 5, returnSequences: true, inputShape: [4, 3] },
      { type: 'LSTM', units: 3, recurrentActivation: 'hardSigmoid', goBackwards: true },
      { type: 'Dense', units: 3, activation: 'softmax' },
    ],
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
    inputShape: [4, 3],
    targets: 'classes',
    outputs: 3,
  },
  {
    title: 'a chain of other activations',
    layers: [
      { type: 'Dense', units: 4, activation: 'elu', inputShape: [5] },
      { type: 'Dense', units: 4, activation: 'selu' },
      { type: 'Dense', units: 4, activation: 'softplus' },
      { type: 'Dense', units: 4, activation: 'softsign' },
      { type: 'Dense', units: 4, activation: 'relu6' },
      { type: 'Dense', units: 4, activation: 'hardSigmoid' },
      { type: 'Dense', units: 2 },
    ],
    loss: 'meanSquaredError',
    metrics: [],
    inputShape: [5],
    targets: 'values',
    outputs: 2,
  },
  {
    title: 'layer normalization and activations that keep their inputs or have weights',
    layers: [
      { type: 'Dense', units: 6, activation: 'swish', inputShape: [3, 5] },
      { type: 'LayerNormalization' },
      { type: 'Dense', units: 7, activation: 'gelu' },
      { type: 'PReLU', sharedAxes: [1], alphaInitializer: 'heNormal' },
      { type: 'LayerNormalization', axis: [1, 2], epsilon: 0.1 },
      { type: 'Dense', units: 4, activation: 'mish' },
      { type: 'LeakyReLU' },
      { type: 'Flatten' },
      { type: 'Dense', units: 9, activation: 'geluNew' },
      { type: 'Step', gradient: 'straightThrough' },
      { type: 'Dense', units: 5, activation: 'logSoftmax' },
      { type: 'ELU', alpha: 0.4 },
      { type: 'Dense', units: 3, activation: 'exponential' },
    ],
    loss: 'meanSquaredError',
    metrics: [],
    inputShape: [3, 5],
    targets: 'values',
    outputs: 3,
  },
  {
    title: 'a convolutional classifier with batch normalization, a frozen layer among them',
    layers: [
      { type: 'Conv2D', filters: 3, kernelSize: 3, useBias: false, inputShape: [6, 5, 2] },
      { type: 'BatchNormalization', momentum: 0.8 },
      { type: 'Activation', activation: 'relu' },
      { type: 'Conv2D', filters: 3, kernelSize: 2, activation: 'relu', trainable: false },
      { type: 'BatchNormalization' },
      { type: 'Flatten' },
      { type: 'Dense', units: 6, activation: 'tanh' },
      { type: 'BatchNormalization', scale: true, epsilon: 0.01 },
      { type: 'Dense', units: 3, activation: 'softmax' },
    ],
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
    inputShape: [6, 5, 2],
    targets: 'classes',
    outputs: 3,
  },
  {
    title: 'an autoencoder of images: separable and transposed convolutions, padding, cropping and resizing',
    layers: [
      { type: 'ZeroPadding2D', padding: [1, 0], inputShape: [4, 6, 2] },
      { type: 'SeparableConv2D', filters: 5, kernelSize: 3, depthMultiplier: 2, activation: 'relu' },
      { type: 'AveragePooling2D', poolSize: 3, strides: 2, padding: 'same' },
      { type: 'DepthwiseConv2D', kernelSize: 2, padding: 'same', activation: 'tanh' },
      { type: 'UpSampling2D', size: 2, interpolation: 'bilinear' },
      { type: 'Conv2DTranspose', filters: 3, kernelSize: 3, strides: 2, activation: 'tanh' },
      {
        type: 'Cropping2D',
        cropping: [
          [2, 3],
          [1, 4],
        ],
      },
      { type: 'Permute', dims: [3, 1, 2] },
      { type: 'Flatten' },
      { type: 'Dense', units: 2 },
    ],
    loss: 'meanSquaredError',
    metrics: [],
    inputShape: [4, 6, 2],
    targets: 'values',
    outputs: 2,
    beyondTfjs: true,
  },
  {
    title: 'a classifier of sequences: causal convolutions and pooling over time',
    layers: [
      { type: 'Dense', units: 4, inputShape: [5] },
      { type: 'RepeatVector', n: 7 },
      { type: 'Conv1D', filters: 6, kernelSize: 3, padding: 'causal', dilationRate: 2, activation: 'relu' },
      { type: 'MaxPooling1D', poolSize: 3, strides: 1 },
      { type: 'ZeroPadding1D', padding: [0, 2] },
      { type: 'UpSampling1D', size: 2 },
      { type: 'Cropping1D', cropping: 1 },
      { type: 'AveragePooling1D', poolSize: 2 },
      { type: 'Reshape', targetShape: [-1, 1, 6] },
      { type: 'GlobalAveragePooling2D' },
      { type: 'Dense', units: 3, activation: 'softmax' },
    ],
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
    inputShape: [5],
    targets: 'classes',
    outputs: 3,
    beyondTfjs: true,
  },
];

/** The cases that TensorFlow.js trains as Keras does; it knows no gradient for a step. */
export const tfjsCases = cases.filter(
  ({ layers, beyondTfjs }) => beyondTfjs !== true && layers.every(({ type }) => type !== 'Step'),
);

/** The convolutional case with dropout between its dense layers. */
export const dropoutCase: Case = {
  ...cases[2],
  title: 'a convolutional classifier with dropout',
  layers: [...cases[2].layers.slice(0, 5), { type: 'Dropout', rate: 0.4 }, cases[2].layers[5]],
};

/** Its weights make most of its files. */
export const wideCase: Case = {
  ...cases[1],
  title: 'a wide classifier of points',
  layers: [
    { type: 'Dense', units: 100, activation: 'relu', inputShape: [2] },
    { type: 'Dense', units: 100, activation: 'relu' },
    { type: 'Dense', units: 1, activation: 'sigmoid' },
  ],
  inputShape: [2],
};

/** Every other kind of noise: by element, by channel, by place, normal, additive and multiplicative. */
export const noiseCase: Case = {
  ...cases[2],
  title: 'a convolutional classifier with noise of every kind',
  layers: [
    { type: 'GaussianNoise', stddev: 0.2, inputShape: [7, 6, 2] },
    { type: 'Conv2D', filters: 5, kernelSize: 3, activation: 'relu' },
    { type: 'SpatialDropout2D', rate: 0.3 },
    { type: 'Dropout', rate: 0.3, noiseShape: [null, 5, 4, 1] },
    { type: 'Reshape', targetShape: [20, 5] },
    { type: 'SpatialDropout1D', rate: 0.3 },
    { type: 'Flatten' },
    { type: 'GaussianDropout', rate: 0.4 },
    { type: 'Dense', units: 9, activation: 'selu' },
    { type: 'AlphaDropout', rate: 0.3 },
    { type: 'Dense', units: 4, activation: 'softmax' },
  ],
};

/** `rows` rows of data for a case, the same ones for the same seed. */
export function dataFor(
  given: Case,
  rows: number,
  seed = 1,
): LabelledData & { x: { values: Float32Array; shape: number[] } } {
  const size = given.inputShape.reduce((a, b) => a * b, 1);
  const draws = new Draws([seed, 0]);
  draws.at('initialize', 100, 0, 0);
  const values = Float32Array.from({ length: rows * size }, (_, i) => draws.uniform(i) * 2 - 1);
  draws.at('initialize', 101, 0, 0);
  return { x: { values, shape: [rows, ...given.inputShape] }, y: targetsFor(given, rows, draws) };
}

function targetsFor({ targets, outputs }: Case, rows: number, draws: Draws): LabelledData['y'] {
  const classAt = (row: number): number => draws.word(row) % outputs;
  if (targets === 'classes') return Int32Array.from({ length: rows }, (_, row) => classAt(row));
  if (targets === 'binary') return Float32Array.from({ length: rows }, (_, row) => draws.word(row) % 2);
  const at = (i: number): number =>
    targets === 'values' ? draws.uniform(i) : Number(classAt(Math.floor(i / outputs)) === i % outputs);
  return { values: Float32Array.from({ length: rows * outputs }, (_, i) => at(i)), shape: [rows, outputs] };
}
