import { kernel } from './definition.js';

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

/** Kernels that move elements: cropped, permuted, repeated, copied, reversed. */
export const shapeKernels = {
  /**
   * y (length0, …, length4) = x[offset + Σ indexᵢ · strideᵢ] of a record of `size` elements: crops, permutes and, where a
   * stride is 0, repeats.
   */
  stridedCopy: kernel({ x: 'rows', y: 'rows', ...strided }),
  /** The transpose: x[offset + Σ indexᵢ · strideᵢ] = Σ y over the indices that lead there, 0 where none does. */
  stridedSum: kernel({ y: 'rows', x: 'rows', ...strided }),
  /**
   * Copies `blocks` blocks of `size` elements a row: block i of x begins at xStart + i · xStride, that of y at
   * yStart + i · yStride. The rest of y stays as it is. A block with its start must fit its stride.
   */
  copyBlocks: kernel({
    x: 'rows',
    y: 'rows',
    blocks: 'size',
    size: 'size',
    xStride: 'size',
    xStart: 'count',
    yStride: 'size',
    yStart: 'count',
  }),
  /** y (T, size) = x in reversed order of time steps, a row. */
  reverseSteps: kernel({ x: 'rows', y: 'rows', steps: 'size', size: 'size' }),
} as const;
