import { kernel } from './definition.js';

/** What all kernels of losses and metrics share: the groups of a row, a weight for each (−1: all are 1), and the sum. */
const common = {
  prediction: 'rows',
  target: 'rows',
  weight: 'rows?',
  groups: 'size',
  size: 'size',
  sum: 'sum',
} as const;

/** What losses have beside that: the sum with the batch's weights, and the loss's share in the total. */
const loss = { ...common, gradient: 'rows?', weightSum: 'sum', lossWeight: 'number' } as const;

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

/** Losses and metrics. */
export const lossAndMetricKernels = {
  /**
   * Softmax and categorical cross-entropy in one: probabilities = softmax(logits), a group's loss is −Σ t·log softmax,
   * loss′ = probabilities · Σ t − t. Targets are int32 class indices when `sparse` (one a group), else float32 of the logits'
   * shape, smoothed to t·(1 − smoothing) + smoothing / size. `probabilities` may be `logits`; `gradient` −1 where none is
   * wanted.
   */
  softmaxCrossEntropy: kernel({ ...fusedLoss, sparse: 'flag' }),
  /**
   * Sigmoid and binary cross-entropy in one; a group's loss is the mean over its elements, smoothed as in elementLoss.
   * alpha −1 and gamma 0 make it the plain cross-entropy, others the focal one.
   */
  sigmoidCrossEntropy: kernel({ ...fusedLoss, alpha: 'number', gamma: 'number' }),
  /**
   * −alpha · Σ t·(1 − q)^gamma·log q over a group with q = p / Σp clipped to [1e-7, 1 − 1e-7] as Keras does; targets as in
   * softmaxCrossEntropy. alpha 1 and gamma 0 make it the plain cross-entropy, others the focal one.
   */
  categoricalCrossentropy: kernel({ ...loss, sparse: 'flag', smoothing: 'number', alpha: 'number', gamma: 'number' }),
  /** Σ weight · the share of a group's elements with (prediction > threshold) = target. */
  binaryAccuracy: kernel({ ...common, threshold: 'number' }),
  /** Σ weight over groups whose largest prediction is at the target's class; the first of equals counts, a NaN never. */
  categoricalAccuracy: kernel({ ...common, sparse: 'flag' }),
  /** Σ over a shard's rows of the mean weight of a row's groups; without weights each row counts 1. */
  weightSums: kernel({ weight: 'rows?', groups: 'size', sum: 'sum' }),
  /**
   * A loss of `elementLosses`: the sum over a group's elements over `divisor`, where targets are smoothed to
   * t·(1 − smoothing) + smoothing / 2. `delta` is huber's, `gamma` and `alpha` (−1: both classes count alike) the focal
   * loss's. The sum gains Σ weight · loss over groups; gradient = lossWeight · weight / Σ weights of the batch · loss′.
   */
  elementLoss: kernel({
    ...loss,
    loss: 'loss',
    divisor: 'size',
    smoothing: 'number',
    delta: 'number',
    alpha: 'number',
    gamma: 'number',
  }),
  /** max(0, 1 + the largest (1 − t)·p of a group − Σ t·p). */
  categoricalHinge: kernel(loss),
  /** −Σ p·t / (|p|·|t|) of a group. */
  cosineSimilarity: kernel(loss),
  /** (1 − p^q) / q with p the prediction of the target's class. */
  generalizedCrossEntropy: kernel({ ...loss, sparse: 'flag', q: 'number' }),
  /**
   * Of each bin, element e of a row being in bin e mod `bins`, into three blocks of sums: I = Σ t·p, T = Σ t and P = Σ p. The
   * ranks meet before anyone reads them.
   */
  overlapSums: kernel({ prediction: 'rows', target: 'rows', size: 'size', bins: 'size', sum: 'sum' }),
  /**
   * The loss of every row of the batch: the mean over bins of 1 − times·I / (shared·I + wanted·T + found·P + 1e-7), with the
   * sums of the whole batch that begin at `overlap`. `weights` is the sum with the batch's weights.
   */
  overlapLoss: kernel({
    ...loss,
    ...{ weights: 'sum', overlap: 'sum', bins: 'size' },
    ...{ times: 'number', shared: 'number', wanted: 'number', found: 'number' },
  }),
  /** y = a group's weight, 1 where there is none, and 0 where its int32 target is the class `ignored`. */
  classWeights: kernel({ target: 'rows', weight: 'rows?', y: 'rows', groups: 'size', ignored: 'number' }),
  /** Σ weight over groups whose target's prediction is a number and has fewer than `top` larger ones in its group. */
  topKAccuracy: kernel({ ...common, sparse: 'flag', top: 'size' }),
  /**
   * Of each class (of all taken together when `pooled`) into four blocks of sums: weights rightly found, wrongly found,
   * missed, rightly left. Found is a prediction above `threshold` that is among the `top` largest of its group, the first of equals
   * coming first; `top` 0 takes any. With `largest` it is one that equals the largest of its group, and whose size is above
   * `threshold`; none where that is NaN.
   */
  classCounts: kernel({
    ...common,
    sparse: 'flag',
    pooled: 'flag',
    top: 'count',
    largest: 'flag',
    threshold: 'number',
  }),
  /**
   * Weights of elements by the bucket of their prediction: positive ones in `buckets` sums, then the others; a NaN is 0. So
   * for each class, one after the other, or for all taken together when `pooled`.
   */
  bucketCounts: kernel({ ...common, sparse: 'flag', pooled: 'flag', buckets: 'size' }),
  /**
   * Σ weight; then of each output, in three blocks: the mean of t, Σ (t − mean)² and Σ (t − p)², weighted. They are joined
   * as `Moments` are.
   */
  residualSums: kernel(common),
} as const;
