import { tfc } from '../../../shared/tfjs/tfjs.js';
import { type Call, type Made, sizeOf, type Value } from '../values.js';
import type { Forms } from './form.js';

/** Kernels that are one constant matrix times what stands along an axis of a row. */

/** y (outer, rows, inner) = matrix (rows, length) · x (outer, length, inner), where `length` is that of the axis. */
function mapped(call: Call, x: Value, axis: number, rows: number, at: (row: number, column: number) => number): Made {
  if (axis === x.batch) throw call.mixing('runs along the batch');
  const [groups, inner, columns] = [x.shape.slice(0, axis), [x.shape[axis]], x.shape.slice(axis + 1)].map(sizeOf);
  const matrix = Float32Array.from({ length: rows * inner }, (_, e) => at(Math.floor(e / inner), e % inner));
  const plain = { transposeA: false, transposeB: false, sharedA: true, sharedB: false };
  const node = call.product({ a: call.stored(matrix), b: call.nodeOf(x), groups, rows, inner, columns, ...plain });
  return call.made(node, [x], 'sum');
}

function axisOf(call: Call, x: Value): number {
  const given = call.attribute<number | number[]>('axis', 0);
  return tfc.util.parseAxisParam(given, [...x.shape])[0];
}

function cumsum(call: Call): Made {
  const x = call.input('x');
  const axis = axisOf(call, x);
  const [isExclusive, isReverse] = [call.attribute('exclusive', false), call.attribute('reverse', false)];
  const counts = (to: number, from: number): boolean =>
    from === to ? !isExclusive : isReverse ? from > to : from < to;
  return mapped(call, x, axis, x.shape[axis], (to, from) => Number(counts(to, from)));
}

function reverse(call: Call): Made {
  const x = call.input('x');
  const axes = tfc.util.parseAxisParam(call.attribute<number[]>('dims'), [...x.shape]);
  let value = x;
  for (const axis of axes) {
    const last = x.shape[axis] - 1;
    value = { ...value, ...mapped(call, value, axis, last + 1, (to, from) => Number(from === last - to)) };
  }
  return value;
}

/** Constant indices choose along an axis; indices of each row choose from a table of constants along its first. */
function gather(call: Call): Made {
  const [x, indices] = [call.input('x'), call.input('indices')];
  const axis = axisOf(call, x);
  if (indices.kind !== 'constant') return lookUp(call, x, indices, axis);
  const chosen = indices.values as Float32Array;
  return mapped(call, x, axis, chosen.length, (to, from) => Number(chosen[to] === from));
}

function lookUp(call: Call, table: Value, indices: Value, axis: number): Made {
  const isTable = table.kind === 'constant' && table.batch < 0 && axis === 0;
  if (!isTable) throw call.missing('chooses from what is no table of constants along its first axis');
  const [inner, ...rest] = table.shape;
  const ones = call.oneHot(call.nodeOf(indices), inner);
  const plain = { transposeA: false, transposeB: false, sharedA: false, sharedB: false };
  const sizes = { groups: 1, rows: sizeOf(indices.shape), inner, columns: sizeOf(rest) };
  const node = call.product({ a: ones, b: call.nodeOf(table), ...sizes, ...plain });
  return { ...call.made(node, [indices], 'any'), power: table.power };
}

/** Adds up what stands at places of the first axis that have the same constant number. */
function segmentSum(call: Call): Made {
  const [x, ids] = [call.input('x'), call.input('segmentIds')];
  if (ids.kind !== 'constant') throw call.missing('adds by numbers that are no constants');
  const segments = ids.values as Float32Array;
  return mapped(call, x, 0, call.attribute<number>('numSegments'), (to, from) => Number(segments[from] === to));
}

export const alongAxisForms: Forms = {
  Cumsum: cumsum,
  Reverse: reverse,
  GatherV2: gather,
  UnsortedSegmentSum: segmentSum,
};
