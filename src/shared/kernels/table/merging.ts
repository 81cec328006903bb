import { kernel } from './definition.js';

/** Kernels that make one record of two. */
export const mergingKernels = {
  /** y = alpha · a + beta · b, or alpha · a without b; `size` elements a row. y may be a or b. */
  combine: kernel({ a: 'rows', b: 'rows?', y: 'rows', size: 'size', alpha: 'number', beta: 'number' }),
  /** y = a ∘ b, `size` elements a row. y may be a or b. */
  multiply: kernel({ a: 'rows', b: 'rows', y: 'rows', size: 'size' }),
  /** y = the larger of a and b, or the smaller when `smallest`; `size` elements a row. y may be a or b. */
  maximum: kernel({ a: 'rows', b: 'rows', y: 'rows', size: 'size', smallest: 'flag' }),
  /** da = dy where a was taken and 0 elsewhere, db the other way round; of equal ones a is taken. da may be dy. */
  maximumBackward: kernel({ a: 'rows', b: 'rows', dy: 'rows', da: 'rows', db: 'rows', size: 'size', smallest: 'flag' }),
  /**
   * y (rows, columns) = scale · a (rows, inner) · b (inner, columns), for each of `groups` matrices of a row. Element (i, k)
   * of matrix g of a is at g·aGroup + i·aRow + k·aTerm of its record of aSize elements; those of b and y alike, columns of
   * y next to each other. So any axes of a record may be groups, rows, columns or terms; but of a, rows or terms are next
   * to each other, of b terms or columns.
   */
  matrixProduct: kernel({
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
  }),
} as const;
