import type { LayerConfig } from '../../src/index.js';

/** A source of whole numbers from 0 up to, but not including, `below`. */
export type Choose = (below: number) => number;

/** Shape of one row. */
export type Shape = readonly number[];

/** How a layer of one class is drawn. */
export interface Choice {
  readonly type: string;
  /** Whether it may read a value of this shape. */
  fits(shape: Shape): boolean;
  /** Its arguments, and the shape that it makes. */
  make(choose: Choose, shape: Shape): { readonly args?: LayerConfig; readonly shape: Shape };
  /** What else it reads: another value of the same shape, or any sequence. */
  readonly reads?: 'same' | 'sequence';
  /** It begins a mask. */
  readonly masks?: true;
  /** It takes no activity regularizer. */
  readonly refusesActivity?: true;
  /** It is not drawn after a mask. */
  readonly refusesMasks?: true;
}

/** Values of at most so many elements may be made larger. */
const SMALL = 60;

const activations = [
  'relu',
  'tanh',
  'sigmoid',
  'elu',
  'softsign',
  'linear',
  'leakyRelu',
  'gelu',
  'softmax',
  'hardSilu',
  'squareplus',
  'tanhShrink',
];
const fusedActivations = ['tanh', 'relu', 'softsign', 'leakyRelu'];

export const pick = <T>(choose: Choose, list: readonly T[]): T => list[choose(list.length)];
export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1);
export const isVector = (shape: Shape): boolean => shape.length === 1;
export const isSequence = (shape: Shape): boolean => shape.length === 2;
const isImage = (shape: Shape): boolean => shape.length === 3;
const isVolume = (shape: Shape): boolean => shape.length === 4;
const isAny = (): boolean => true;
const isSmall = (shape: Shape): boolean => sizeOf(shape) <= SMALL;
const hasWindow = (shape: Shape): boolean => !isVector(shape) && shape.slice(0, -1).every((length) => length > 1);
const isLongSequence = (shape: Shape): boolean => isSequence(shape) && hasWindow(shape);
const isLargeImage = (shape: Shape): boolean => isImage(shape) && hasWindow(shape);
const isLargeVolume = (shape: Shape): boolean => isVolume(shape) && hasWindow(shape);
const halved = (shape: Shape): Shape => [...shape.slice(0, -1).map((length) => Math.floor(length / 2)), lastOf(shape)];
const lastOf = (shape: Shape): number => shape[shape.length - 1];
const withLast = (shape: Shape, last: number): Shape => [...shape.slice(0, -1), last];

/** A layer that keeps the shape of whatever it reads. */
const keeping = (type: string, args: LayerConfig = {}, fits = isAny as Choice['fits']): Choice => ({
  ...{ type, fits },
  make: (_, shape) => ({ args, shape }),
});

const changing = (type: string, fits: Choice['fits'], to: (shape: Shape) => Shape, args: LayerConfig = {}): Choice => ({
  ...{ type, fits },
  make: (_, shape) => ({ args, shape: to(shape) }),
});

const merging = (type: string): Choice => ({ ...keeping(type), reads: 'same' });

const convolution = (type: string, fits: Choice['fits'], args: LayerConfig = {}): Choice => ({
  ...{ type, fits },
  make: (choose, shape) => {
    const filters = 1 + choose(4);
    const own = { filters, kernelSize: 1 + choose(3), padding: 'same', activation: pick(choose, fusedActivations) };
    const groups = /^Conv[12]D$/.test(type) && lastOf(shape) % 2 === 0 && filters % 2 === 0 ? { groups: 2 } : {};
    return { args: { ...own, ...groups, ...args }, shape: withLast(shape, filters) };
  },
});

const depthwise = (type: string, fits: Choice['fits']): Choice => ({
  type,
  fits: (shape) => fits(shape) && isSmall(shape),
  make: (choose, shape) => {
    const depthMultiplier = 1 + choose(2);
    const args = { depthMultiplier, kernelSize: 1 + choose(3), padding: 'same' };
    return { args, shape: withLast(shape, lastOf(shape) * depthMultiplier) };
  },
});

/** A recurrent layer's arguments. */
function recurrence(choose: Choose): { units: number; returnSequences: boolean; goBackwards: boolean } {
  return { units: 1 + choose(4), returnSequences: choose(2) === 0, goBackwards: choose(2) === 0 };
}

const recurrent = (type: string): Choice => ({
  type,
  fits: isSequence,
  make: (choose, [steps]) => {
    const args = recurrence(choose);
    return { args, shape: args.returnSequences ? [steps, args.units] : [args.units] };
  },
});

const layers: readonly Choice[] = [
  {
    type: 'Dense',
    fits: (shape) => shape.length < 3,
    make: (choose, shape) => {
      const units = 1 + choose(6);
      const args = { units, activation: pick(choose, activations), useBias: choose(3) > 0 };
      return { args, shape: withLast(shape, units) };
    },
  },
  { ...keeping('Activation'), make: (choose, shape) => ({ args: { activation: pick(choose, activations) }, shape }) },
  keeping('ReLU', { negativeSlope: 0.1, threshold: 0.05, maxValue: 0.9 }),
  keeping('LeakyReLU', { alpha: 0.2 }),
  keeping('ThresholdedReLU', { theta: 0.1 }),
  keeping('ELU', { alpha: 0.7 }),
  keeping('PReLU', { alphaInitializer: 'heNormal' }),
  keeping('Softmax'),
  keeping('Step', { gradient: 'straightThrough' }),
  keeping('Identity'),
  keeping('ActivityRegularization', { l1: 0.01, l2: 0.02 }),
  {
    type: 'EinsumDense',
    fits: isSequence,
    make: (choose, [steps]) => {
      const [outputShape, equation] = [[steps, 1 + choose(3)], pick(choose, ['abc,cd->abd', 'abc,bcd->abd'])];
      const args = { equation, outputShape, biasAxes: 'd', activation: pick(choose, fusedActivations) };
      return { args, shape: outputShape };
    },
  },
  keeping('Rescaling', { scale: 0.5, offset: 0.1 }),

  keeping('Dropout', { rate: 0.25 }),
  keeping('SpatialDropout1D', { rate: 0.25 }, isSequence),
  keeping('SpatialDropout2D', { rate: 0.25 }, isImage),
  keeping('SpatialDropout3D', { rate: 0.25 }, isVolume),
  keeping('StochasticDepth', { dropPathRate: 0.25 }),
  {
    ...keeping('LayerScale'),
    make: (_, shape) => ({ args: { initValues: 0.1, projectionDim: lastOf(shape) }, shape }),
  },
  keeping('AlphaDropout', { rate: 0.25 }),
  keeping('GaussianNoise', { stddev: 0.1 }),
  keeping('GaussianDropout', { rate: 0.25 }),

  convolution('Conv1D', isSequence),
  convolution('Conv2D', isImage),
  convolution('SeparableConv1D', isSequence, { depthMultiplier: 2 }),
  convolution('SeparableConv2D', isImage, { depthMultiplier: 2 }),
  convolution('Conv3D', isVolume),
  ...['Conv1DTranspose', 'Conv2DTranspose', 'Conv3DTranspose'].map(
    (type, i): Choice => ({
      type,
      fits: (shape) => shape.length === i + 2 && isSmall(shape),
      make: (choose, shape) => {
        const [filters, strides] = [1 + choose(3), 1 + choose(2)];
        const args = { filters, strides, kernelSize: 1 + choose(3), padding: 'same' };
        return { args, shape: [...shape.slice(0, -1).map((length) => length * strides), filters] };
      },
    }),
  ),
  depthwise('DepthwiseConv1D', isSequence),
  depthwise('DepthwiseConv2D', isImage),

  changing('MaxPooling1D', isLongSequence, halved),
  changing('AveragePooling1D', isLongSequence, halved),
  changing('MaxPooling2D', isLargeImage, halved),
  changing('AveragePooling2D', isLargeImage, halved),
  ...['GlobalMaxPooling1D', 'GlobalAveragePooling1D'].map((type) =>
    changing(type, isSequence, (shape) => [lastOf(shape)]),
  ),
  ...['GlobalMaxPooling2D', 'GlobalAveragePooling2D'].map((type) =>
    changing(type, isImage, (shape) => [lastOf(shape)]),
  ),

  changing('MaxPooling3D', isLargeVolume, halved),
  changing('AveragePooling3D', isLargeVolume, halved),
  ...['GlobalMaxPooling3D', 'GlobalAveragePooling3D'].map((type) =>
    changing(type, isVolume, (shape) => [lastOf(shape)]),
  ),
  ...['Average', 'Max'].flatMap((kind) => [
    changing(`Adaptive${kind}Pooling1D`, isSequence, ([, size]) => [2, size], { outputSize: 2 }),
    changing(`Adaptive${kind}Pooling2D`, isImage, ([, , size]) => [2, 3, size], { outputSize: [2, 3] }),
    changing(`Adaptive${kind}Pooling3D`, isVolume, ([, , , size]) => [2, 1, 2, size], { outputSize: [2, 1, 2] }),
  ]),

  changing('Flatten', isAny, (shape) => [sizeOf(shape)]),
  {
    type: 'Reshape',
    fits: isAny,
    make: (_, shape) => {
      const targetShape = isVector(shape) ? [1, shape[0]] : shape.toReversed();
      return { args: { targetShape }, shape: targetShape };
    },
  },
  {
    type: 'Permute',
    fits: (shape) => isSequence(shape) || isImage(shape),
    make: (_, shape) => {
      const dims = isSequence(shape) ? [2, 1] : [3, 1, 2];
      return { args: { dims }, shape: dims.map((dim) => shape[dim - 1]) };
    },
  },
  changing('RepeatVector', isVector, (shape) => [3, ...shape], { n: 3 }),
  changing('Cropping1D', isLongSequence, ([steps, size]) => [steps - 1, size], { cropping: [1, 0] }),
  changing('Cropping2D', isLargeImage, ([height, width, size]) => [height - 1, width - 1, size], {
    cropping: [
      [1, 0],
      [0, 1],
    ],
  }),
  changing('ZeroPadding1D', isSequence, ([steps, size]) => [steps + 2, size], { padding: 1 }),
  changing('ZeroPadding2D', isImage, ([height, width, size]) => [height + 2, width + 2, size], { padding: 1 }),
  changing(
    'UpSampling1D',
    (shape) => isSequence(shape) && isSmall(shape),
    ([steps, size]) => [2 * steps, size],
  ),
  {
    type: 'UpSampling2D',
    fits: (shape) => isImage(shape) && isSmall(shape),
    make: (choose, [height, width, channels]) => {
      const args = { interpolation: pick(choose, ['nearest', 'bilinear']) };
      return { args, shape: [2 * height, 2 * width, channels] };
    },
  },

  changing('Cropping3D', isLargeVolume, ([depth, ...others]) => [depth - 1, ...others], {
    cropping: [[0, 1], 0, [0, 0]],
  }),
  changing(
    'ZeroPadding3D',
    (shape) => isVolume(shape) && isSmall(shape),
    ([depth, height, width, size]) => [depth + 2, height, width + 1, size],
    {
      padding: [1, 0, [0, 1]],
    },
  ),
  changing(
    'UpSampling3D',
    (shape) => isVolume(shape) && isSmall(shape),
    ([depth, height, width, size]) => [2 * depth, height, width, size],
    {
      size: [2, 1, 1],
    },
  ),

  { ...keeping('Masking', {}, isSequence), masks: true },
  ...['SimpleRNN', 'GRU', 'LSTM'].map(recurrent),
  {
    type: 'Bidirectional',
    fits: isSequence,
    make: (choose, [steps]) => {
      const type = pick(choose, ['SimpleRNN', 'GRU', 'LSTM']);
      const { goBackwards: _, ...own } = recurrence(choose);
      const mergeMode = pick(choose, ['concat', 'sum', 'ave', 'mul']);
      const units = mergeMode === 'concat' ? 2 * own.units : own.units;
      return { args: { layer: { type, ...own }, mergeMode }, shape: own.returnSequences ? [steps, units] : [units] };
    },
  },
  {
    type: 'TimeDistributed',
    fits: (shape) => !isVector(shape),
    make: (choose, shape) => {
      const units = 1 + choose(4);
      return { args: { layer: { type: 'Dense', units, activation: 'tanh' } }, shape: withLast(shape, units) };
    },
  },

  { ...keeping('BatchNormalization', { momentum: 0.9 }), refusesMasks: true },
  {
    ...keeping('LayerNormalization'),
    make: (choose, shape) => ({ args: { axis: 1 + choose(shape.length) }, shape }),
  },
  keeping('GroupNormalization', { groups: -1, axis: 1 }),
  { ...keeping('RMSNormalization'), make: (choose, shape) => ({ args: { axis: 1 + choose(shape.length) }, shape }) },
  ...['Attention', 'AdditiveAttention'].map(
    (type): Choice => ({
      ...merging(type),
      fits: isSequence,
      refusesActivity: true,
      make: (choose, shape) => ({ args: { dropout: 0.1, useScale: true, useCausalMask: choose(2) === 0 }, shape }),
    }),
  ),
  { ...keeping('UnitNormalization'), make: (choose, shape) => ({ args: { axis: 1 + choose(shape.length) }, shape }) },
  {
    ...keeping('Normalization'),
    make: (choose, shape) => ({ args: choose(2) === 0 ? {} : { mean: 0.1, variance: 0.5 }, shape }),
  },
  {
    type: 'MultiHeadAttention',
    refusesActivity: true,
    fits: isSequence,
    make: (choose, shape) => ({ args: { numHeads: 1 + choose(2), keyDim: 1 + choose(3), dropout: 0.1 }, shape }),
    reads: 'sequence',
  },

  ...['Resizing', 'CenterCrop', 'RandomCrop'].map((type) =>
    changing(type, isImage, ([, , size]) => [2, 2, size], { height: 2, width: 2 }),
  ),
  keeping('RandomFlip', {}, isImage),
  keeping('RandomBrightness', { factor: 0.2, valueRange: [-3, 3] }, isImage),
  keeping('RandomContrast', { factor: 0.4, valueRange: [-3, 3] }, isImage),
  keeping('RandomGrayscale', {}, (shape) => isImage(shape) && lastOf(shape) === 3),
  changing('CategoryEncoding', isVector, () => [4], { numTokens: 4 }),
  { ...keeping('Discretization', { binBoundaries: [-0.2, 0.1] }), refusesMasks: true },

  ...['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum'].map(merging),
  {
    ...merging('Concatenate'),
    make: (_, shape) => ({ shape: withLast(shape, 2 * lastOf(shape)) }),
  },
  {
    ...merging('Dot'),
    fits: isVector,
    make: (choose) => ({ args: { axes: -1, normalize: choose(2) === 0 }, shape: [1] }),
  },
];

/** How every layer that lowers is drawn, by its class name. An Embedding reads words that come with it. */
export const layerChoices: ReadonlyMap<string, Choice> = new Map(layers.map((choice) => [choice.type, choice]));
