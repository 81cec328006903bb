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

type Strided = { readonly [K in keyof typeof strided]: number };

const stridedCount = (a: Strided) => a.length0 * a.length1 * a.length2 * a.length3 * a.length4;
/** Elements a record must have: its size, or more where the view would pass its end. */
const stridedReach = (a: Strided) => {
  const outer = (a.length0 - 1) * a.stride0 + (a.length1 - 1) * a.stride1 + (a.length2 - 1) * a.stride2;
  return Math.max(a.size, a.offset + outer + (a.length3 - 1) * a.stride3 + (a.length4 - 1) * a.stride4 + 1);
};

/** Kernels that move elements: cropped, permuted, repeated, copied, reversed. */
export const shapeKernels = {
  /**
   * y (length0, …, length4) = x[offset + Σ indexᵢ · strideᵢ] of a record of `size` elements: crops, permutes and, where a
   * stride is 0, repeats.
   */
  stridedCopy: kernel({ x: 'rows', y: 'rows', ...strided }, (a) => ({ x: stridedReach(a), y: stridedCount(a) })),
  /** The transpose: x[offset + Σ indexᵢ · strideᵢ] = Σ y over the indices that lead there, 0 where none does. */
  stridedSum: kernel({ y: 'rows', x: 'rows', ...strided }, (a) => ({ y: stridedCount(a), x: stridedReach(a) })),
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
  /** y (T, size) = x in reversed order of time steps, a row. */
  reverseSteps: kernel({ x: 'rows', y: 'rows', steps: 'size', size: 'size' }, (a) => ({
    x: a.steps * a.size,
    y: a.steps * a.size,
  })),
} as const;
