import { channelwise, kernel } from './definition.js';

/** Matrix products with weights, and biases. */
export const denseKernels = {
  /** y = activation(x·w + b). x (inner, inputs), w (inputs, units), b (units), y (inner, units) a row. */
  denseForward: kernel({
    x: 'rows',
    w: 'parameter',
    b: 'parameter?',
    y: 'rows',
    inner: 'size',
    inputs: 'size',
    units: 'size',
    activation: 'activation',
  }),
  /** dx = (dy·wᵀ) ∘ activation′(x), where `activation` is the one that produced x. */
  denseInputGradient: kernel({
    dy: 'rows',
    w: 'parameter',
    x: 'rows',
    dx: 'rows',
    inner: 'size',
    inputs: 'size',
    units: 'size',
    activation: 'activation',
  }),
  /** Slab: dw = Σ xᵀ·dy and db = Σ dy over rows and inner, folded per shard in tree order. */
  denseWeightGradient: kernel({
    x: 'rows',
    dy: 'rows',
    w: 'parameter',
    b: 'parameter?',
    inner: 'size',
    inputs: 'size',
    units: 'size',
  }),
  /**
   * The same for columns [first, first + columns) of w (inputs, units) alone, and without a bias; dy still has records of
   * `units`. Calls that share a parameter must cover all its columns.
   */
  denseColumnsGradient: kernel({
    x: 'rows',
    dy: 'rows',
    w: 'parameter',
    inner: 'size',
    inputs: 'size',
    units: 'size',
    first: 'count',
    columns: 'size',
  }),
  /** y = activation(x + b), b (C) at every position. x, y (inner, C) a row; y may be x. */
  biasForward: kernel({ x: 'rows', b: 'parameter', y: 'rows', ...channelwise, activation: 'activation' }),
  /** Slab: db = Σ dy over rows and inner, folded per shard in tree order. */
  biasGradient: kernel({ dy: 'rows', b: 'parameter', ...channelwise }),
} as const;
