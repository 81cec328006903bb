import type { KernelCall } from '../../../shared/kernels/table.js';

/**
 * Matrices within the records of a buffer, one for each head or group: element (i, j) of matrix g is at
 * g·group + i·row + j·column of a record, which has `size` elements.
 */
export interface Matrices {
  readonly buffer: number;
  readonly size: number;
  readonly group: number;
  readonly row: number;
  readonly column: number;
}

/** One matrix of `columns` columns a record, row by row. */
export function oneMatrix(buffer: number, size: number, columns: number): Matrices {
  return { buffer, size, group: 0, row: columns, column: 1 };
}

export function transposed(matrices: Matrices): Matrices {
  return { ...matrices, row: matrices.column, column: matrices.row };
}

/** The sizes of a product, and the number by which it is multiplied. */
export interface ProductShape {
  readonly groups: number;
  readonly rows: number;
  readonly inner: number;
  readonly columns: number;
  readonly scale: number;
}

/** y (rows, columns) = scale · a (rows, inner) · b (inner, columns), matrix by matrix; y's columns are next to each other. */
export function matrixProduct(a: Matrices, b: Matrices, y: Matrices, shape: ProductShape): KernelCall {
  const operands = { a: a.buffer, b: b.buffer, y: y.buffer };
  const left = { aSize: a.size, aGroup: a.group, aRow: a.row, aTerm: a.column };
  const right = { bSize: b.size, bGroup: b.group, bTerm: b.row, bColumn: b.column };
  const result = { ySize: y.size, yGroup: y.group, yRow: y.row };
  return { kernel: 'matrixProduct', args: { ...operands, ...left, ...right, ...result, ...shape } };
}
