import { sizeOf } from '../../compiler/lower/description.js';
import { denseStrides } from '../../compiler/lower/strided.js';

/** An axis: its length, and how far apart neighbours lie in what is read and in what is written. */
interface Axis {
  readonly length: number;
  readonly from: number;
  readonly to: number;
}

/** A dense row-major tensor with its axes in another order: axis i of the result is axis order[i]. */
export function permuted(values: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const axes = axesOf(shape, order);
  // Neighbours in what is read, and in what is written: between those it is copied tile by tile.
  const rows = axes.find(({ from }) => from === 1) ?? POINT;
  const columns = axes.find(({ to }) => to === 1) ?? POINT;
  const made = new Float32Array(sizeOf(shape));
  const others = axes.filter((axis) => axis !== rows && axis !== columns);
  for (const [from, to] of places(others)) {
    copy(values, from, made, to, rows === columns ? POINT : rows, columns);
  }
  return made;
}

const POINT: Axis = { length: 1, from: 0, to: 0 };

/** Axes that follow each other in both orders become one. */
function axesOf(shape: readonly number[], order: readonly number[]): Axis[] {
  const [read, written] = [denseStrides(shape), denseStrides(order.map((axis) => shape[axis]))];
  const made: Axis[] = [];
  order.forEach((axis, place) => {
    const own = { length: shape[axis], from: read[axis], to: written[place] };
    if (own.length === 1) return;
    const last = made.at(-1);
    if (last?.from === own.from * own.length) made[made.length - 1] = { ...own, length: last.length * own.length };
    else made.push(own);
  });
  return made;
}

/** Where each index of the axes lies, in what is read and in what is written. */
function* places([axis, ...others]: readonly Axis[]): Iterable<readonly [from: number, to: number]> {
  if (axis === undefined) {
    yield [0, 0];
    return;
  }
  for (let i = 0; i < axis.length; i++) {
    for (const [from, to] of places(others)) yield [i * axis.from + from, i * axis.to + to];
  }
}

/** Rows and columns of a tile: as many numbers as a line of the cache holds. */
const TILE = 16;

function copy(x: Float32Array, from: number, y: Float32Array, to: number, rows: Axis, columns: Axis): void {
  for (let row = 0; row < rows.length; row += TILE) {
    const lastRow = Math.min(row + TILE, rows.length);
    for (let column = 0; column < columns.length; column += TILE) {
      const lastColumn = Math.min(column + TILE, columns.length);
      for (let r = row; r < lastRow; r++) {
        let source = from + r * rows.from + column * columns.from;
        let target = to + r * rows.to + column;
        for (let c = column; c < lastColumn; c++, source += columns.from) y[target++] = x[source];
      }
    }
  }
}
