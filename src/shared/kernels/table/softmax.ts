import { kernel } from './definition.js';

/** Softmax over groups of a row. */
export const softmaxKernels = {
  /** y = softmax(x) over the last axis of (groups, size) a row. */
  softmaxForward: kernel({ x: 'rows', y: 'rows', groups: 'size', size: 'size' }),
  /** dx = y ∘ (dy − Σ dy∘y) over the last axis of (groups, size) a row. */
  softmaxBackward: kernel({ y: 'rows', dy: 'rows', dx: 'rows', groups: 'size', size: 'size' }),
  /** y = x − ln Σ eˣ over the last axis of (groups, size) a row. */
  logSoftmaxForward: kernel({ x: 'rows', y: 'rows', groups: 'size', size: 'size' }),
  /** dx = dy − e^y · Σ dy over the last axis of (groups, size) a row. dx may be dy. */
  logSoftmaxBackward: kernel({ y: 'rows', dy: 'rows', dx: 'rows', groups: 'size', size: 'size' }),
  /**
   * y = max(x − tau, 0) over the last axis of (groups, size) a row, with the tau for which Σ y = 1. Martins and Astudillo,
   * "From softmax to sparsemax", 2016.
   */
  sparsemaxForward: kernel({ x: 'rows', y: 'rows', groups: 'size', size: 'size' }),
  /** dx = dy − its mean over the elements where y > 0, and 0 elsewhere. dx may be dy. */
  sparsemaxBackward: kernel({ y: 'rows', dy: 'rows', dx: 'rows', groups: 'size', size: 'size' }),
  /**
   * y = softmax(x) over the last axis of (heads, queries, keys) a row, over the keys that are there: those up to the query's
   * own number where `causal`, and those whose element of `mask` (keys) is not zero where there is one. softmaxBackward
   * is its gradient. y may be x.
   */
  maskedSoftmaxForward: kernel({
    x: 'rows',
    y: 'rows',
    mask: 'rows?',
    heads: 'size',
    queries: 'size',
    keys: 'size',
    causal: 'flag',
  }),
} as const;
