import { channelwise, kernel } from './definition.js';

/** Normalization over the batch, or within a row. */
export const normalizationKernels = {
  /**
   * Layer normalization of (groups, size) a row: y = gamma · x̂ + beta with x̂ = (x − mean) / √(variance + epsilon), mean
   * and biased variance over the `size` elements of each group. `statistics` (groups, 2) gains mean and 1/√(variance +
   * epsilon). gamma and beta have `size` elements, −1 where the layer has none.
   */
  layerNormForward: kernel({
    x: 'rows',
    y: 'rows',
    statistics: 'rows',
    gamma: 'parameter?',
    beta: 'parameter?',
    groups: 'size',
    size: 'size',
    epsilon: 'number',
  }),
  /**
   * dx = (g − mean(g) − x̂ · mean(g·x̂)) / √(variance + epsilon) with g = gamma · dy, means over a group. dx may be dy.
   */
  layerNormInputGradient: kernel({
    x: 'rows',
    dy: 'rows',
    dx: 'rows',
    statistics: 'rows',
    gamma: 'parameter?',
    groups: 'size',
    size: 'size',
  }),
  /** Slab: dgamma = Σ dy·x̂ and dbeta = Σ dy over rows and groups, folded per shard in tree order. */
  layerNormWeightGradient: kernel({
    x: 'rows',
    dy: 'rows',
    statistics: 'rows',
    gamma: 'parameter?',
    beta: 'parameter?',
    groups: 'size',
    size: 'size',
  }),
  /**
   * Batch normalization's statistics of a shard: for each of `channels`, Σ x into sums[sum + c] and Σ x² into
   * sums[sum + channels + c], over rows and the `inner` positions of each. x (inner, channels) a row.
   */
  batchNormSums: kernel({ x: 'rows', sum: 'sum', ...channelwise }),
  /**
   * y = gamma · (x − mean) / √(variance + epsilon) + beta, with the mean and the (biased) variance of the whole batch,
   * which every rank adds from all shards' sums in tree order. gamma and beta are −1 where the layer has none.
   */
  batchNormForward: kernel({
    x: 'rows',
    y: 'rows',
    gamma: 'parameter?',
    beta: 'parameter?',
    sum: 'sum',
    epsilon: 'number',
    ...channelwise,
  }),
  /** The same with given statistics: inference. */
  batchNormInference: kernel({
    x: 'rows',
    y: 'rows',
    gamma: 'parameter?',
    beta: 'parameter?',
    mean: 'parameter',
    variance: 'parameter',
    epsilon: 'number',
    ...channelwise,
  }),
  /**
   * With x̂ the normalized x: Σ dy into sums[gradientSum + c] and Σ dy·x̂ into sums[gradientSum + channels + c] of each
   * shard. Slab: dbeta and dgamma, each shard's sums rounded to float32 and folded in tree order.
   */
  batchNormGradientSums: kernel({
    x: 'rows',
    dy: 'rows',
    gamma: 'parameter?',
    beta: 'parameter?',
    sum: 'sum',
    gradientSum: 'sum',
    epsilon: 'number',
    ...channelwise,
  }),
  /** dx = gamma / √(variance + epsilon) · (dy − mean(dy) − x̂ · mean(dy·x̂)) ∘ activation′(x), means over the batch. */
  batchNormInputGradient: kernel({
    x: 'rows',
    dy: 'rows',
    dx: 'rows',
    gamma: 'parameter?',
    sum: 'sum',
    gradientSum: 'sum',
    epsilon: 'number',
    activation: 'activation',
    ...channelwise,
  }),
  /** dx = gamma / √(variance + epsilon) · dy with given statistics: the gradient through a frozen layer. */
  batchNormFrozenGradient: kernel({
    dy: 'rows',
    dx: 'rows',
    gamma: 'parameter?',
    variance: 'parameter',
    epsilon: 'number',
    ...channelwise,
  }),
  /** mean and variance ← momentum · themselves + (1 − momentum) · the batch's; run once a step. */
  batchNormAverages: kernel({
    mean: 'parameter',
    variance: 'parameter',
    sum: 'sum',
    momentum: 'number',
    ...channelwise,
  }),
  /** y = x / √max(Σ x², 1e-12) over the last axis of (groups, size) a row. */
  normalizeForward: kernel({ x: 'rows', y: 'rows', groups: 'size', size: 'size' }),
  /** Its gradient. dx may be dy. */
  normalizeBackward: kernel({ x: 'rows', dy: 'rows', dx: 'rows', groups: 'size', size: 'size' }),
} as const;
