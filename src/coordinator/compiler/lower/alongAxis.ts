import type { Builder, Value } from './builder.js';
import { sizeOf } from './description.js';
import { type Matrices, matrixProduct, transposed } from './matrices.js';

/** A linear map of one axis to another: a row of the matrix for each element that it makes. */
export type AxisMap = readonly (readonly number[])[];

/** The value with `map` applied along one axis of its rows. */
export function lowerAlongAxis(name: string, x: Value, axis: number, map: AxisMap, to: Builder): Value {
  const [length, made] = [x.shape[axis], map.length];
  if (isIdentity(map, length)) return x;
  const [groups, inner] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))];
  const shape = x.shape.with(axis, made);
  const offset = to.constant(map.flat());
  const matrix = matrixOf(to.buffer(`${name} matrix`, made * length), 1, made, length);
  const y = to.buffer(`${name} output`, sizeOf(shape));
  to.emit({ kernel: 'repeatParameter', args: { w: offset, y: matrix.buffer, size: made * length } });
  const product = { groups, rows: made, inner: length, columns: inner, scale: 1 };
  to.emit(matrixProduct(matrix, matrixOf(x.buffer, groups, length, inner), matrixOf(y, groups, made, inner), product));
  to.onBackward((dy) => {
    if (!x.trained) return -1;
    const dx = to.buffer(`${name} input gradient`, sizeOf(x.shape));
    const back = { ...product, rows: length, inner: made };
    const [from, into] = [matrixOf(dy, groups, made, inner), matrixOf(dx, groups, length, inner)];
    to.emitBackward(matrixProduct(transposed(matrix), from, into, back));
    return dx;
  });
  return { buffer: y, shape, trained: x.trained };
}

/** A record (groups, rows, columns); one matrix for all groups has groups 1. */
function matrixOf(buffer: number, groups: number, rows: number, columns: number): Matrices {
  return {
    buffer,
    size: groups * rows * columns,
    group: groups === 1 ? 0 : rows * columns,
    row: columns,
    column: 1,
  };
}

function isIdentity(map: AxisMap, length: number): boolean {
  return map.length === length && map.every((row, i) => row.every((value, j) => value === (i === j ? 1 : 0)));
}
