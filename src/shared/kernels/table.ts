/**
 * The kernel table: what every kernel is called and which arguments it takes. `reference` (TypeScript) and `native`
 * (C++) implement the same table.
 *
 * A kernel works on the rows of one pass (see `Pass`); each argument says how it is to be read:
 *
 * | kind         | meaning                                                                                        |
 * |--------------|------------------------------------------------------------------------------------------------|
 * | `rows`       | a buffer of one record a batch row: arena offset of row 0, in float32 elements                  |
 * | `rows?`      | the same, or −1 for none                                                                       |
 * | `parameter`  | offset in the flat parameter vector, in elements; its gradient has the same offset in a slab   |
 * | `parameter?` | the same, or −1 for none                                                                       |
 * | `sum`        | index of a per-shard float64 sum                                                               |
 * | `size`       | a positive whole number                                                                        |
 * | `count`      | a whole number that may be zero                                                                |
 * | `number`     | a real number                                                                                  |
 * | `activation` | position in `activations`                                                                      |
 * | `inputActivation` | position in `inputActivations`                                                            |
 * | `loss`       | position in `elementLosses`                                                                    |
 * | `flag`       | 0 or 1                                                                                         |
 *
 * `records` tells how many elements a record of each `rows` argument has and how many elements each parameter has: what
 * a validator needs to keep every access inside its buffer.
 */
export type ArgumentKind =
  | 'rows'
  | 'rows?'
  | 'parameter'
  | 'parameter?'
  | 'sum'
  | 'size'
  | 'count'
  | 'number'
  | 'activation'
  | 'inputActivation'
  | 'loss'
  | 'flag';

type ArgumentList = Readonly<Record<string, ArgumentKind>>;

interface KernelDefinition<A extends ArgumentList> {
  readonly arguments: A;
  readonly records: (a: { readonly [K in keyof A]: number }) => { readonly [K in keyof A]?: number };
}

function kernel<const A extends ArgumentList>(
  args: A,
  records: (a: { readonly [K in keyof A]: number }) => { readonly [K in keyof A]?: number },
): KernelDefinition<A> {
  return { arguments: args, records };
}

/** The geometry that all kernels over NHWC windows share. Padding is that of the top and left side. */
const windows = {
  height: 'size',
  width: 'size',
  channels: 'size',
  windowHeight: 'size',
  windowWidth: 'size',
  strideHeight: 'size',
  strideWidth: 'size',
  dilationHeight: 'size',
  dilationWidth: 'size',
  padTop: 'count',
  padLeft: 'count',
  outHeight: 'size',
  outWidth: 'size',
} as const;

type Windows = { readonly [K in keyof typeof windows]: number };

/** An image and the size it is brought to. */
const resizing = { height: 'size', width: 'size', channels: 'size', outHeight: 'size', outWidth: 'size' } as const;

type Resizing = { readonly [K in keyof typeof resizing]: number };

const imageIn = (a: Resizing) => a.height * a.width * a.channels;
const imageOut = (a: Resizing, channels: number) => a.outHeight * a.outWidth * channels;
const windowSize = (a: Windows) => a.windowHeight * a.windowWidth * a.channels;
const filterSize = (a: Windows & { filters: number }) => windowSize(a) * a.filters;

/** A view of a record of `size` elements with five axes; those that a layer does not need have length 1. */
const strided = {
  size: 'size',
  offset: 'count',
  length0: 'size',
  length1: 'size',
  length2: 'size',
  length3: 'size',
  length4: 'size',
  stride0: 'count',
  stride1: 'count',
  stride2: 'count',
  stride3: 'count',
  stride4: 'count',
} as const;

type Strided = { readonly [K in keyof typeof strided]: number };

const stridedCount = (a: Strided) => a.length0 * a.length1 * a.length2 * a.length3 * a.length4;
/** Elements a record must have: its size, or more where the view would pass its end. */
const stridedReach = (a: Strided) => {
  const outer = (a.length0 - 1) * a.stride0 + (a.length1 - 1) * a.stride1 + (a.length2 - 1) * a.stride2;
  return Math.max(a.size, a.offset + outer + (a.length3 - 1) * a.stride3 + (a.length4 - 1) * a.stride4 + 1);
};

/** What kernels over channels share: positions a row, and channels at each. */
const channelwise = { inner: 'size', channels: 'size' } as const;

/** An activation that needs its input, and the numbers that shape some of them. */
const inputActivation = {
  activation: 'inputActivation',
  alpha: 'number',
  threshold: 'number',
  limit: 'number',
} as const;

/** Where the slopes of a PReLU stand among a row's elements: shared along the axes before and behind them. */
const slopes = { outer: 'size', slopes: 'size', inner: 'size' } as const;

const slopedRecord = (a: { readonly [K in keyof typeof slopes]: number }) => a.outer * a.slopes * a.inner;

/**
 * What all recurrent kernels share: the steps that are there (mask), what is kept of the state in its product with u (keep),
 * time steps, units and the activation.
 */
const recurrence = {
  mask: 'rows?',
  keep: 'rows?',
  steps: 'size',
  units: 'size',
  activation: 'activation',
  reversed: 'flag',
} as const;

/** What those with gates share. */
const gatedRecurrence = { ...recurrence, recurrentActivation: 'activation' } as const;

type Recurrence = { readonly steps: number; readonly units: number };

const recurrentRecords = ({ steps, units }: Recurrence) => ({
  h: steps * units,
  previous: steps * units,
  last: units,
  dh: steps * units,
  dLast: units,
  mask: steps,
  keep: units,
  h0: units,
  dh0: units,
});

/** What all kernels that judge predictions share: the groups of a row, a weight for each (−1: all are 1), and the sum. */
const judged = {
  prediction: 'rows',
  target: 'rows',
  weight: 'rows?',
  groups: 'size',
  size: 'size',
  sum: 'sum',
} as const;

/** What losses have beside that: the sum with the batch's weights, and the loss's share in the total. */
const loss = { ...judged, gradient: 'rows?', weightSum: 'sum', lossWeight: 'number' } as const;

/** The same for a loss that makes predictions of logits first. */
const fusedLoss = {
  logits: 'rows',
  target: 'rows',
  probabilities: 'rows',
  gradient: 'rows?',
  weight: 'rows?',
  weightSum: 'sum',
  lossWeight: 'number',
  groups: 'size',
  size: 'size',
  smoothing: 'number',
  sum: 'sum',
} as const;

const fusedRecords = ({ groups, size }: Judged) => ({
  logits: groups * size,
  target: groups * size,
  probabilities: groups * size,
  gradient: groups * size,
  weight: groups,
});

type Judged = { readonly groups: number; readonly size: number };

const judgedRecords = ({ groups, size }: Judged, sparse = 0) => ({
  prediction: groups * size,
  target: sparse ? groups : groups * size,
  weight: groups,
});

const lossRecords = ({ groups, size }: Judged, sparse = 0) => ({
  ...judgedRecords({ groups, size }, sparse),
  gradient: groups * size,
});

export const kernelTable = {
  /** y = activation(x·w + b). x (inner, inputs), w (inputs, units), b (units), y (inner, units) a row. */
  denseForward: kernel(
    {
      x: 'rows',
      w: 'parameter',
      b: 'parameter?',
      y: 'rows',
      inner: 'size',
      inputs: 'size',
      units: 'size',
      activation: 'activation',
    },
    (a) => ({ x: a.inner * a.inputs, w: a.inputs * a.units, b: a.units, y: a.inner * a.units }),
  ),
  /** dx = (dy·wᵀ) ∘ activation′(x), where `activation` is the one that produced x. */
  denseInputGradient: kernel(
    {
      dy: 'rows',
      w: 'parameter',
      x: 'rows',
      dx: 'rows',
      inner: 'size',
      inputs: 'size',
      units: 'size',
      activation: 'activation',
    },
    (a) => ({ dy: a.inner * a.units, w: a.inputs * a.units, x: a.inner * a.inputs, dx: a.inner * a.inputs }),
  ),
  /** Slab: dw = Σ xᵀ·dy and db = Σ dy over rows and inner, folded per shard in tree order. */
  denseWeightGradient: kernel(
    { x: 'rows', dy: 'rows', w: 'parameter', b: 'parameter?', inner: 'size', inputs: 'size', units: 'size' },
    (a) => ({ x: a.inner * a.inputs, dy: a.inner * a.units, w: a.inputs * a.units, b: a.units }),
  ),

  /**
   * The same for columns [first, first + columns) of w (inputs, units) alone, and without a bias; dy still has records of
   * `units`. Calls that share a parameter must cover all its columns.
   */
  denseColumnsGradient: kernel(
    {
      x: 'rows',
      dy: 'rows',
      w: 'parameter',
      inner: 'size',
      inputs: 'size',
      units: 'size',
      first: 'count',
      columns: 'size',
    },
    (a) => ({ x: a.inner * a.inputs, dy: a.inner * a.units, w: a.inputs * a.units }),
  ),

  /** y = activation(conv(x, w) + b). x (H, W, C), w (KH, KW, C, F), b (F), y (OH, OW, F) a row; cross-correlation. */
  conv2dForward: kernel(
    {
      x: 'rows',
      w: 'parameter',
      b: 'parameter?',
      y: 'rows',
      ...windows,
      filters: 'size',
      activation: 'activation',
    },
    (a) => ({ x: imageIn(a), w: filterSize(a), b: a.filters, y: imageOut(a, a.filters) }),
  ),
  /** dx = convᵀ(dy, w) ∘ activation′(x), where `activation` is the one that produced x. */
  conv2dInputGradient: kernel(
    { dy: 'rows', w: 'parameter', x: 'rows', dx: 'rows', ...windows, filters: 'size', activation: 'activation' },
    (a) => ({ dy: imageOut(a, a.filters), w: filterSize(a), x: imageIn(a), dx: imageIn(a) }),
  ),
  /** Slab: dw and db summed over rows and output positions, folded per shard in tree order. */
  conv2dWeightGradient: kernel(
    { x: 'rows', dy: 'rows', w: 'parameter', b: 'parameter?', ...windows, filters: 'size' },
    (a) => ({ x: imageIn(a), dy: imageOut(a, a.filters), w: filterSize(a), b: a.filters }),
  ),

  /** y = the largest x of each window, padding never wins. x (H, W, C), y (OH, OW, C) a row. */
  maxPool2dForward: kernel({ x: 'rows', y: 'rows', ...windows }, (a) => ({
    x: imageIn(a),
    y: imageOut(a, a.channels),
  })),
  /** dx = dy at the first largest x of each window, summed where windows overlap, ∘ activation′(x). */
  maxPool2dBackward: kernel(
    { x: 'rows', y: 'rows', dy: 'rows', dx: 'rows', ...windows, activation: 'activation' },
    (a) => ({ x: imageIn(a), y: imageOut(a, a.channels), dy: imageOut(a, a.channels), dx: imageIn(a) }),
  ),

  /** y = the mean of each window of each channel, over what lies inside the image. x (H, W, C), y (OH, OW, C) a row. */
  averagePool2dForward: kernel({ x: 'rows', y: 'rows', ...windows }, (a) => ({
    x: imageIn(a),
    y: imageOut(a, a.channels),
  })),
  /** dx = Σ dy / elements of the window, over the windows that hold a pixel, ∘ activation′(x). */
  averagePool2dBackward: kernel({ dy: 'rows', x: 'rows', dx: 'rows', ...windows, activation: 'activation' }, (a) => ({
    dy: imageOut(a, a.channels),
    x: imageIn(a),
    dx: imageIn(a),
  })),

  /**
   * y = activation(conv(x, w) + b), each channel by a filter of its own. x (H, W, C), w (KH, KW, C), b (C),
   * y (OH, OW, C) a row; cross-correlation.
   */
  depthwiseConv2dForward: kernel(
    { x: 'rows', w: 'parameter', b: 'parameter?', y: 'rows', ...windows, activation: 'activation' },
    (a) => ({ x: imageIn(a), w: windowSize(a), b: a.channels, y: imageOut(a, a.channels) }),
  ),
  /** dx = convᵀ(dy, w) ∘ activation′(x), channel by channel. */
  depthwiseConv2dInputGradient: kernel(
    { dy: 'rows', w: 'parameter', x: 'rows', dx: 'rows', ...windows, activation: 'activation' },
    (a) => ({ dy: imageOut(a, a.channels), w: windowSize(a), x: imageIn(a), dx: imageIn(a) }),
  ),
  /** Slab: dw and db summed over rows and output positions, folded per shard in tree order. */
  depthwiseConv2dWeightGradient: kernel(
    { x: 'rows', dy: 'rows', w: 'parameter', b: 'parameter?', ...windows },
    (a) => ({ x: imageIn(a), dy: imageOut(a, a.channels), w: windowSize(a), b: a.channels }),
  ),

  /** y = activation(x + b), b (C) at every position. x, y (inner, C) a row; y may be x. */
  biasForward: kernel({ x: 'rows', b: 'parameter', y: 'rows', ...channelwise, activation: 'activation' }, (a) => ({
    x: a.inner * a.channels,
    b: a.channels,
    y: a.inner * a.channels,
  })),
  /** Slab: db = Σ dy over rows and inner, folded per shard in tree order. */
  biasGradient: kernel({ dy: 'rows', b: 'parameter', ...channelwise }, (a) => ({
    dy: a.inner * a.channels,
    b: a.channels,
  })),

  /**
   * y = x (H, W, C) resized to (OH, OW, C): between the nearest pixels' centres in a straight line, the border pixels
   * going on outside (TensorFlow's `image.resize`, half-pixel centres, without antialiasing).
   */
  bilinearForward: kernel({ x: 'rows', y: 'rows', ...resizing }, (a) => ({
    x: imageIn(a),
    y: imageOut(a, a.channels),
  })),
  /** dx = the transpose of the same map at dy. */
  bilinearBackward: kernel({ dy: 'rows', dx: 'rows', ...resizing }, (a) => ({
    dy: imageOut(a, a.channels),
    dx: imageIn(a),
  })),

  /**
   * y (length0, …, length4) = x[offset + Σ indexᵢ · strideᵢ] of a record of `size` elements: crops, permutes and, where a
   * stride is 0, repeats.
   */
  stridedCopy: kernel({ x: 'rows', y: 'rows', ...strided }, (a) => ({ x: stridedReach(a), y: stridedCount(a) })),
  /** The transpose: x[offset + Σ indexᵢ · strideᵢ] = Σ y over the indices that lead there, 0 where none does. */
  stridedSum: kernel({ y: 'rows', x: 'rows', ...strided }, (a) => ({ y: stridedCount(a), x: stridedReach(a) })),

  /** y = activation(x), `size` elements a row. */
  activationForward: kernel({ x: 'rows', y: 'rows', size: 'size', activation: 'activation' }, (a) => ({
    x: a.size,
    y: a.size,
  })),
  /** dx = dy ∘ activation′, from the output y. dx may be dy. */
  activationBackward: kernel({ y: 'rows', dy: 'rows', dx: 'rows', size: 'size', activation: 'activation' }, (a) => ({
    y: a.size,
    dy: a.size,
    dx: a.size,
  })),

  /** y = f(x) of an activation whose derivative needs x, `size` elements a row; what f does with the numbers: see there. */
  inputActivationForward: kernel({ x: 'rows', y: 'rows', size: 'size', ...inputActivation }, (a) => ({
    x: a.size,
    y: a.size,
  })),
  /** dx = dy ∘ f′(x). dx may be dy. */
  inputActivationBackward: kernel({ x: 'rows', dy: 'rows', dx: 'rows', size: 'size', ...inputActivation }, (a) => ({
    x: a.size,
    dy: a.size,
    dx: a.size,
  })),
  /**
   * y = x where x > 0, else alpha · x, with a trained alpha for each of `slopes` elements: a row is (outer, slopes, inner).
   */
  preluForward: kernel({ x: 'rows', y: 'rows', alpha: 'parameter', ...slopes }, (a) => ({
    x: slopedRecord(a),
    y: slopedRecord(a),
    alpha: a.slopes,
  })),
  /** dx = dy where x > 0, else alpha · dy. dx may be dy. */
  preluInputGradient: kernel({ x: 'rows', dy: 'rows', dx: 'rows', alpha: 'parameter', ...slopes }, (a) => ({
    x: slopedRecord(a),
    dy: slopedRecord(a),
    dx: slopedRecord(a),
    alpha: a.slopes,
  })),
  /** Slab: dalpha = Σ dy · min(x, 0) over rows, outer and inner, folded per shard in tree order. */
  preluWeightGradient: kernel({ x: 'rows', dy: 'rows', alpha: 'parameter', ...slopes }, (a) => ({
    x: slopedRecord(a),
    dy: slopedRecord(a),
    alpha: a.slopes,
  })),

  /** y = softmax(x) over the last axis of (groups, size) a row. */
  softmaxForward: kernel({ x: 'rows', y: 'rows', groups: 'size', size: 'size' }, (a) => ({
    x: a.groups * a.size,
    y: a.groups * a.size,
  })),
  /** dx = y ∘ (dy − Σ dy∘y) over the last axis of (groups, size) a row. */
  softmaxBackward: kernel({ y: 'rows', dy: 'rows', dx: 'rows', groups: 'size', size: 'size' }, (a) => ({
    y: a.groups * a.size,
    dy: a.groups * a.size,
    dx: a.groups * a.size,
  })),

  /** y = x − ln Σ eˣ over the last axis of (groups, size) a row. */
  logSoftmaxForward: kernel({ x: 'rows', y: 'rows', groups: 'size', size: 'size' }, (a) => ({
    x: a.groups * a.size,
    y: a.groups * a.size,
  })),
  /** dx = dy − e^y · Σ dy over the last axis of (groups, size) a row. dx may be dy. */
  logSoftmaxBackward: kernel({ y: 'rows', dy: 'rows', dx: 'rows', groups: 'size', size: 'size' }, (a) => ({
    y: a.groups * a.size,
    dy: a.groups * a.size,
    dx: a.groups * a.size,
  })),

  /**
   * y = softmax(x) over the last axis of (heads, queries, keys) a row, over the keys that are there: those up to the query's
   * own number where `causal`, and those whose element of `mask` (keys) is not zero where there is one. softmaxBackward
   * is its gradient. y may be x.
   */
  maskedSoftmaxForward: kernel(
    { x: 'rows', y: 'rows', mask: 'rows?', heads: 'size', queries: 'size', keys: 'size', causal: 'flag' },
    (a) => ({ x: a.heads * a.queries * a.keys, y: a.heads * a.queries * a.keys, mask: a.keys }),
  ),

  /**
   * Layer normalization of (groups, size) a row: y = gamma · x̂ + beta with x̂ = (x − mean) / √(variance + epsilon), mean
   * and biased variance over the `size` elements of each group. `statistics` (groups, 2) gains mean and 1/√(variance +
   * epsilon). gamma and beta have `size` elements, −1 where the layer has none.
   */
  layerNormForward: kernel(
    {
      x: 'rows',
      y: 'rows',
      statistics: 'rows',
      gamma: 'parameter?',
      beta: 'parameter?',
      groups: 'size',
      size: 'size',
      epsilon: 'number',
    },
    (a) => ({
      x: a.groups * a.size,
      y: a.groups * a.size,
      statistics: 2 * a.groups,
      gamma: a.size,
      beta: a.size,
    }),
  ),
  /**
   * dx = (g − mean(g) − x̂ · mean(g·x̂)) / √(variance + epsilon) with g = gamma · dy, means over a group. dx may be dy.
   */
  layerNormInputGradient: kernel(
    { x: 'rows', dy: 'rows', dx: 'rows', statistics: 'rows', gamma: 'parameter?', groups: 'size', size: 'size' },
    (a) => ({
      x: a.groups * a.size,
      dy: a.groups * a.size,
      dx: a.groups * a.size,
      statistics: 2 * a.groups,
      gamma: a.size,
    }),
  ),
  /** Slab: dgamma = Σ dy·x̂ and dbeta = Σ dy over rows and groups, folded per shard in tree order. */
  layerNormWeightGradient: kernel(
    {
      x: 'rows',
      dy: 'rows',
      statistics: 'rows',
      gamma: 'parameter?',
      beta: 'parameter?',
      groups: 'size',
      size: 'size',
    },
    (a) => ({
      x: a.groups * a.size,
      dy: a.groups * a.size,
      statistics: 2 * a.groups,
      gamma: a.size,
      beta: a.size,
    }),
  ),

  /**
   * Batch normalization's statistics of a shard: for each of `channels`, Σ x into sums[sum + c] and Σ x² into
   * sums[sum + channels + c], over rows and the `inner` positions of each. x (inner, channels) a row.
   */
  batchNormSums: kernel({ x: 'rows', sum: 'sum', ...channelwise }, (a) => ({ x: a.inner * a.channels })),
  /**
   * y = gamma · (x − mean) / √(variance + epsilon) + beta, with the mean and the (biased) variance of the whole batch,
   * which every rank adds from all shards' sums in tree order. gamma and beta are −1 where the layer has none.
   */
  batchNormForward: kernel(
    { x: 'rows', y: 'rows', gamma: 'parameter?', beta: 'parameter?', sum: 'sum', epsilon: 'number', ...channelwise },
    (a) => ({ x: a.inner * a.channels, y: a.inner * a.channels, gamma: a.channels, beta: a.channels }),
  ),
  /** The same with given statistics: inference. */
  batchNormInference: kernel(
    {
      x: 'rows',
      y: 'rows',
      gamma: 'parameter?',
      beta: 'parameter?',
      mean: 'parameter',
      variance: 'parameter',
      epsilon: 'number',
      ...channelwise,
    },
    (a) => ({
      x: a.inner * a.channels,
      y: a.inner * a.channels,
      gamma: a.channels,
      beta: a.channels,
      mean: a.channels,
      variance: a.channels,
    }),
  ),
  /**
   * With x̂ the normalized x: Σ dy into sums[gradientSum + c] and Σ dy·x̂ into sums[gradientSum + channels + c] of each
   * shard. Slab: dbeta and dgamma, each shard's sums rounded to float32 and folded in tree order.
   */
  batchNormGradientSums: kernel(
    {
      x: 'rows',
      dy: 'rows',
      gamma: 'parameter?',
      beta: 'parameter?',
      sum: 'sum',
      gradientSum: 'sum',
      epsilon: 'number',
      ...channelwise,
    },
    (a) => ({ x: a.inner * a.channels, dy: a.inner * a.channels, gamma: a.channels, beta: a.channels }),
  ),
  /** dx = gamma / √(variance + epsilon) · (dy − mean(dy) − x̂ · mean(dy·x̂)) ∘ activation′(x), means over the batch. */
  batchNormInputGradient: kernel(
    {
      x: 'rows',
      dy: 'rows',
      dx: 'rows',
      gamma: 'parameter?',
      sum: 'sum',
      gradientSum: 'sum',
      epsilon: 'number',
      activation: 'activation',
      ...channelwise,
    },
    (a) => ({ x: a.inner * a.channels, dy: a.inner * a.channels, dx: a.inner * a.channels, gamma: a.channels }),
  ),
  /** dx = gamma / √(variance + epsilon) · dy with given statistics: the gradient through a frozen layer. */
  batchNormFrozenGradient: kernel(
    { dy: 'rows', dx: 'rows', gamma: 'parameter?', variance: 'parameter', epsilon: 'number', ...channelwise },
    (a) => ({ dy: a.inner * a.channels, dx: a.inner * a.channels, gamma: a.channels, variance: a.channels }),
  ),
  /** mean and variance ← momentum · themselves + (1 − momentum) · the batch's; run once a step. */
  batchNormAverages: kernel(
    { mean: 'parameter', variance: 'parameter', sum: 'sum', momentum: 'number', ...channelwise },
    (a) => ({ mean: a.channels, variance: a.channels }),
  ),

  /**
   * A simple recurrent layer over `steps` time steps from the state h0 (U), zero where it is −1:
   * h_t = activation(z_t + (keep ∘ h_{t−1})·u). z (T, U) holds x·kernel + bias of all time steps. h (T, U) and previous
   * (T, U) gain the outputs and those of one step before; `last` (U) the final output. keep (U) scales the state in its
   * product, at all steps alike; −1 for ones. Time runs backwards when `reversed`; all buffers stay in time order. mask (T)
   * is 0 at the steps that are skipped: they leave state and output as they were.
   */
  simpleRnnForward: kernel(
    { z: 'rows', u: 'parameter', h0: 'rows?', h: 'rows', previous: 'rows', last: 'rows', ...recurrence },
    (a) => ({ z: a.steps * a.units, u: a.units * a.units, ...recurrentRecords(a) }),
  ),
  /**
   * dz (T, U) from the gradients of h (dh, −1 for none) and of the final output (dLast, −1 for none); dh0 (U) gains that
   * of the initial state, −1 where it is not wanted. dz may be dh.
   */
  simpleRnnBackward: kernel(
    { h: 'rows', u: 'parameter', dh: 'rows?', dLast: 'rows?', dz: 'rows', dh0: 'rows?', ...recurrence },
    (a) => ({ u: a.units * a.units, dz: a.steps * a.units, ...recurrentRecords(a) }),
  ),

  /**
   * GRU over `steps` time steps, as simpleRnnForward walks through them: h_t = z ∘ h_{t−1} + (1 − z) ∘ candidate. z (T, 3U)
   * holds x·kernel + bias, gate order z, r, candidate, and becomes the activated gates. b (3U) is added to the recurrent
   * products. inner (T, U) gains r ∘ keep ∘ h_{t−1}, which the candidate's columns of u multiply; where `resetAfter`, that
   * product with keep ∘ h_{t−1} itself and its bias, which r then scales.
   */
  gruForward: kernel(
    {
      z: 'rows',
      u: 'parameter',
      b: 'parameter?',
      h0: 'rows?',
      h: 'rows',
      previous: 'rows',
      inner: 'rows',
      last: 'rows',
      resetAfter: 'flag',
      ...gatedRecurrence,
    },
    (a) => ({
      z: 3 * a.steps * a.units,
      u: 3 * a.units * a.units,
      b: 3 * a.units,
      inner: a.steps * a.units,
      ...recurrentRecords(a),
    }),
  ),
  /**
   * dz (T, 3U) from the gradients of h (dh, −1 for none) and of the final output (dLast, −1 for none); gates, previous and
   * inner as gruForward left them. Where `resetAfter`, dInner (T, 3U) gains the gradient of the recurrent products, which
   * is −1 elsewhere. dh0 as in simpleRnnBackward. dz may be `gates`.
   */
  gruBackward: kernel(
    {
      gates: 'rows',
      previous: 'rows',
      inner: 'rows',
      u: 'parameter',
      dh: 'rows?',
      dLast: 'rows?',
      dz: 'rows',
      dInner: 'rows?',
      dh0: 'rows?',
      resetAfter: 'flag',
      ...gatedRecurrence,
    },
    (a) => ({
      gates: 3 * a.steps * a.units,
      inner: a.steps * a.units,
      u: 3 * a.units * a.units,
      dz: 3 * a.steps * a.units,
      dInner: 3 * a.steps * a.units,
      ...recurrentRecords(a),
    }),
  ),

  /**
   * LSTM over `steps` time steps, as simpleRnnForward walks through them. z (T, 4U) holds x·kernel + bias of all time steps,
   * gate order i, f, g, o, and becomes the activated gates. h (T, U), c (T, U) and previous (T, U) gain the outputs, the
   * cells and the outputs one step before; `last` (U) the final output. c0 (U) is the cell at the start, zero where it is −1.
   */
  lstmForward: kernel(
    {
      z: 'rows',
      u: 'parameter',
      h0: 'rows?',
      c0: 'rows?',
      h: 'rows',
      c: 'rows',
      previous: 'rows',
      last: 'rows',
      ...gatedRecurrence,
    },
    (a) => ({
      z: 4 * a.steps * a.units,
      u: 4 * a.units * a.units,
      c0: a.units,
      c: a.steps * a.units,
      ...recurrentRecords(a),
    }),
  ),
  /**
   * dz (T, 4U) from the gradients of h (dh, −1 for none), of the final output (dLast, −1 for none) and of the final cell
   * (dcLast, −1 for none); `gates`, `c` as lstmForward left them. dh0 and dc0 (U) gain the gradients of the initial output
   * and cell, −1 where they are not wanted. dz may be `gates`.
   */
  lstmBackward: kernel(
    {
      gates: 'rows',
      c0: 'rows?',
      c: 'rows',
      u: 'parameter',
      dh: 'rows?',
      dLast: 'rows?',
      dcLast: 'rows?',
      dz: 'rows',
      dh0: 'rows?',
      dc0: 'rows?',
      ...gatedRecurrence,
    },
    (a) => ({
      gates: 4 * a.steps * a.units,
      c0: a.units,
      dcLast: a.units,
      dc0: a.units,
      c: a.steps * a.units,
      u: 4 * a.units * a.units,
      dz: 4 * a.steps * a.units,
      ...recurrentRecords(a),
    }),
  ),

  /** y = alpha · a + beta · b, or alpha · a without b; `size` elements a row. y may be a or b. */
  combine: kernel({ a: 'rows', b: 'rows?', y: 'rows', size: 'size', alpha: 'number', beta: 'number' }, (a) => ({
    a: a.size,
    b: a.size,
    y: a.size,
  })),
  /** y = a ∘ b, `size` elements a row. y may be a or b. */
  multiply: kernel({ a: 'rows', b: 'rows', y: 'rows', size: 'size' }, (a) => ({ a: a.size, b: a.size, y: a.size })),
  /** y = the larger of a and b, or the smaller when `smallest`; `size` elements a row. y may be a or b. */
  maximum: kernel({ a: 'rows', b: 'rows', y: 'rows', size: 'size', smallest: 'flag' }, (a) => ({
    a: a.size,
    b: a.size,
    y: a.size,
  })),
  /** da = dy where a was taken and 0 elsewhere, db the other way round; of equal ones a is taken. da may be dy. */
  maximumBackward: kernel(
    { a: 'rows', b: 'rows', dy: 'rows', da: 'rows', db: 'rows', size: 'size', smallest: 'flag' },
    (a) => ({ a: a.size, b: a.size, dy: a.size, da: a.size, db: a.size }),
  ),
  /**
   * Copies `blocks` blocks of `size` elements a row: block i of x begins at xStart + i · xStride, that of y at
   * yStart + i · yStride. The rest of y stays as it is. A block with its start must fit its stride.
   */
  copyBlocks: kernel(
    {
      x: 'rows',
      y: 'rows',
      blocks: 'size',
      size: 'size',
      xStride: 'size',
      xStart: 'count',
      yStride: 'size',
      yStart: 'count',
    },
    (a) => ({ x: a.blocks * a.xStride, y: a.blocks * a.yStride }),
  ),
  /**
   * y (rows, columns) = scale · a (rows, inner) · b (inner, columns), for each of `groups` matrices of a row. Element (i, k)
   * of matrix g of a is at g·aGroup + i·aRow + k·aTerm of its record of aSize elements; those of b and y alike, columns of
   * y next to each other. So any axes of a record may be groups, rows, columns or terms; but of a, rows or terms are next
   * to each other, of b terms or columns.
   */
  matrixProduct: kernel(
    {
      a: 'rows',
      b: 'rows',
      y: 'rows',
      groups: 'size',
      rows: 'size',
      inner: 'size',
      columns: 'size',
      aSize: 'size',
      aGroup: 'count',
      aRow: 'count',
      aTerm: 'count',
      bSize: 'size',
      bGroup: 'count',
      bTerm: 'count',
      bColumn: 'count',
      ySize: 'size',
      yGroup: 'count',
      yRow: 'count',
      scale: 'number',
    },
    (p) => ({ a: p.aSize, b: p.bSize, y: p.ySize }),
  ),
  /** y = x / √max(Σ x², 1e-12) over the last axis of (groups, size) a row. */
  normalizeForward: kernel({ x: 'rows', y: 'rows', groups: 'size', size: 'size' }, (a) => ({
    x: a.groups * a.size,
    y: a.groups * a.size,
  })),
  /** Its gradient. dx may be dy. */
  normalizeBackward: kernel({ x: 'rows', dy: 'rows', dx: 'rows', groups: 'size', size: 'size' }, (a) => ({
    x: a.groups * a.size,
    dy: a.groups * a.size,
    dx: a.groups * a.size,
  })),

  /** y (T, size) = x in reversed order of time steps, a row. */
  reverseSteps: kernel({ x: 'rows', y: 'rows', steps: 'size', size: 'size' }, (a) => ({
    x: a.steps * a.size,
    y: a.steps * a.size,
  })),

  /**
   * y (inner, size) = the rows of w (vocabulary, size) that the int32 indices x (inner) name, a row. An index outside the
   * vocabulary gives NaN.
   */
  embeddingForward: kernel(
    { x: 'rows', w: 'parameter', y: 'rows', inner: 'size', vocabulary: 'size', size: 'size' },
    (a) => ({ x: a.inner, w: a.vocabulary * a.size, y: a.inner * a.size }),
  ),
  /** Slab: row i of dw = Σ dy where x is i, over rows and inner, folded per shard in tree order; zeros where no x is i. */
  embeddingWeightGradient: kernel(
    { x: 'rows', dy: 'rows', w: 'parameter', inner: 'size', vocabulary: 'size', size: 'size' },
    (a) => ({ x: a.inner, dy: a.inner * a.size, w: a.vocabulary * a.size }),
  ),

  /** mask (size) = 1 where the int32 x is not zero, else 0. */
  indexMask: kernel({ x: 'rows', mask: 'rows', size: 'size' }, (a) => ({ x: a.size, mask: a.size })),
  /** mask (T) = 1 where any of a step's x (T, size) differs from `value`, else 0. */
  stepMask: kernel({ x: 'rows', mask: 'rows', steps: 'size', size: 'size', value: 'number' }, (a) => ({
    x: a.steps * a.size,
    mask: a.steps,
  })),
  /** y (T, size) = x at the steps that are there, 0 where mask (T) is 0. The same call carries gradients. y may be x. */
  maskSteps: kernel({ x: 'rows', mask: 'rows', y: 'rows', steps: 'size', size: 'size' }, (a) => ({
    x: a.steps * a.size,
    mask: a.steps,
    y: a.steps * a.size,
  })),
  /** y (size) = the mean of x (T, size) over the steps that are there; NaN where none is, as in Keras. */
  maskedMeanForward: kernel({ x: 'rows', mask: 'rows', y: 'rows', steps: 'size', size: 'size' }, (a) => ({
    x: a.steps * a.size,
    mask: a.steps,
    y: a.size,
  })),
  /** dx (T, size) = dy (size) over the number of steps that are there, 0 at the others. */
  maskedMeanBackward: kernel({ mask: 'rows', dy: 'rows', dx: 'rows', steps: 'size', size: 'size' }, (a) => ({
    mask: a.steps,
    dy: a.size,
    dx: a.steps * a.size,
  })),

  /**
   * y = x · scale + shift where the Philox uniform of (seed, dropout, layer, step, batch row, draw) is at least `rate`, else
   * `dropped`; x −1 stands for ones. A row is (outer, draws, inner): elements that differ only in the first and the last share a draw. The same
   * call, without shift and with 0 for what is dropped, carries gradients backward. y may be x.
   */
  dropout: kernel(
    {
      x: 'rows?',
      y: 'rows',
      outer: 'size',
      draws: 'size',
      inner: 'size',
      rate: 'number',
      scale: 'number',
      shift: 'number',
      dropped: 'number',
      layer: 'count',
    },
    (a) => ({ x: a.outer * a.draws * a.inner, y: a.outer * a.draws * a.inner }),
  ),
  /** y = x + deviation · n, n the standard normal quantile of the uniform of (seed, noise, layer, step, batch row, element). */
  gaussianNoise: kernel({ x: 'rows', y: 'rows', size: 'size', deviation: 'number', layer: 'count' }, (a) => ({
    x: a.size,
    y: a.size,
  })),
  /** y = x · (1 + deviation · n), n as in gaussianNoise. The same call carries gradients backward. y may be x. */
  gaussianDropout: kernel({ x: 'rows', y: 'rows', size: 'size', deviation: 'number', layer: 'count' }, (a) => ({
    x: a.size,
    y: a.size,
  })),

  /**
   * Softmax and categorical cross-entropy in one: probabilities = softmax(logits), a group's loss is −Σ t·log softmax,
   * loss′ = probabilities − t. Targets are int32 class indices when `sparse` (one a group), else float32 of the logits'
   * shape, smoothed to t·(1 − smoothing) + smoothing / size. `probabilities` may be `logits`; `gradient` −1 where none is
   * wanted.
   */
  softmaxCrossEntropy: kernel({ ...fusedLoss, sparse: 'flag' }, (a) => ({
    ...fusedRecords(a),
    target: a.sparse ? a.groups : a.groups * a.size,
  })),
  /** Sigmoid and binary cross-entropy in one; a group's loss is the mean over its elements, smoothed as in elementLoss. */
  sigmoidCrossEntropy: kernel(fusedLoss, fusedRecords),
  /**
   * −alpha · Σ t·(1 − q)^gamma·log q over a group with q = p / Σp clipped to [1e-7, 1 − 1e-7] as Keras does; targets as in
   * softmaxCrossEntropy. alpha 1 and gamma 0 make it the plain cross-entropy, others the focal one.
   */
  categoricalCrossentropy: kernel(
    { ...loss, sparse: 'flag', smoothing: 'number', alpha: 'number', gamma: 'number' },
    (a) => lossRecords(a, a.sparse),
  ),

  /** Σ weight · the share of a group's elements with (prediction > threshold) = target. */
  binaryAccuracy: kernel({ ...judged, threshold: 'number' }, (a) => judgedRecords(a)),
  /** Σ weight over groups whose largest prediction is at the target's class; the first of equals counts. */
  categoricalAccuracy: kernel({ ...judged, sparse: 'flag' }, (a) => judgedRecords(a, a.sparse)),

  /** Σ over a shard's rows of the mean weight of a row's groups; without weights each row counts 1. */
  weightSums: kernel({ weight: 'rows?', groups: 'size', sum: 'sum' }, (a) => ({ weight: a.groups })),
  /**
   * A loss of `elementLosses`: the sum over a group's elements over `divisor`, where targets are smoothed to
   * t·(1 − smoothing) + smoothing / 2. `delta` is huber's, `gamma` and `alpha` (−1: both classes count alike) the focal
   * loss's. The sum gains Σ weight · loss over groups; gradient = lossWeight · weight / Σ weights of the batch · loss′.
   */
  elementLoss: kernel(
    {
      ...loss,
      loss: 'loss',
      divisor: 'size',
      smoothing: 'number',
      delta: 'number',
      alpha: 'number',
      gamma: 'number',
    },
    (a) => lossRecords(a),
  ),
  /** max(0, 1 + the largest (1 − t)·p of a group − Σ t·p). */
  categoricalHinge: kernel(loss, (a) => lossRecords(a)),
  /** −Σ p·t / (|p|·|t|) of a group. */
  cosineSimilarity: kernel(loss, (a) => lossRecords(a)),

  /** Σ weight over groups whose target's prediction has fewer than `top` larger ones in its group. */
  topKAccuracy: kernel({ ...judged, sparse: 'flag', top: 'size' }, (a) => judgedRecords(a, a.sparse)),
  /**
   * Of each class (of all taken together when `pooled`) into three blocks of sums: weights rightly found, wrongly found,
   * missed. Found is a prediction above `threshold` that fewer than `top` of its group surpass; `top` 0 takes any.
   */
  classCounts: kernel({ ...judged, sparse: 'flag', pooled: 'flag', top: 'count', threshold: 'number' }, (a) =>
    judgedRecords(a, a.sparse),
  ),
  /** Weights of elements by the bucket of their prediction: positive ones in `buckets` sums, then the others. */
  bucketCounts: kernel({ ...judged, sparse: 'flag', buckets: 'size' }, (a) => judgedRecords(a, a.sparse)),
  /** Of each output into three blocks of sums: Σ t, Σ t² and Σ (t − p)², weighted. */
  residualSums: kernel(judged, (a) => judgedRecords(a)),
} as const;

export type KernelName = keyof typeof kernelTable;

/** The arguments of one kernel by name; before layout, `rows` arguments are buffer numbers, after it arena offsets. */
export type KernelArguments<K extends KernelName> = {
  readonly [A in keyof (typeof kernelTable)[K]['arguments']]: number;
};

/** One call of a program. */
export type KernelCall = {
  [K in KernelName]: {
    readonly kernel: K;
    readonly args: KernelArguments<K>;
    /** As how many rows the call sees each row of the batch, 1 by default: a layer that is applied to every time step. */
    readonly each?: number;
  };
}[KernelName];
