import { kernel } from './definition.js';

/** Embeddings, and the steps of a sequence that are there. */
export const sequenceKernels = {
  /**
   * y (inner, size) = the rows of w (vocabulary, size) that the int32 indices x (inner) name, a row. An index outside the
   * vocabulary gives NaN.
   */
  embeddingForward: kernel({ x: 'rows', w: 'parameter', y: 'rows', inner: 'size', vocabulary: 'size', size: 'size' }),
  /** Slab: row i of dw = Σ dy where x is i, over rows and inner, folded per shard in tree order; zeros where no x is i. */
  embeddingWeightGradient: kernel({
    x: 'rows',
    dy: 'rows',
    w: 'parameter',
    inner: 'size',
    vocabulary: 'size',
    size: 'size',
  }),
  /** mask (size) = 1 where the int32 x is not zero, else 0. */
  indexMask: kernel({ x: 'rows', mask: 'rows', size: 'size' }),
  /** mask (T) = 1 where any of a step's x (T, size) differs from `value`, else 0. */
  stepMask: kernel({ x: 'rows', mask: 'rows', steps: 'size', size: 'size', value: 'number' }),
  /** y (T, size) = x at the steps that are there, 0 where mask (T) is 0. The same call carries gradients. y may be x. */
  maskSteps: kernel({ x: 'rows', mask: 'rows', y: 'rows', steps: 'size', size: 'size' }),
  /**
   * x (size) = 0 where it is not finite, in rows whose weights (groups) are all 0: their gradient is 0, and 0 times that
   * would not be. Sums over rows are thus without them.
   */
  dropUnweighted: kernel({ x: 'rows', weight: 'rows', groups: 'size', size: 'size' }),
  /** y (size) = the mean of x (T, size) over the steps that are there; NaN where none is, as in Keras. */
  maskedMeanForward: kernel({ x: 'rows', mask: 'rows', y: 'rows', steps: 'size', size: 'size' }),
  /** dx (T, size) = dy (size) over the number of steps that are there, 0 at the others. */
  maskedMeanBackward: kernel({ mask: 'rows', dy: 'rows', dx: 'rows', steps: 'size', size: 'size' }),
} as const;
