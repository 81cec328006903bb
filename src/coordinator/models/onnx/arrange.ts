import { sizeOf } from '../../compiler/lower/description.js';
import { denseStrides } from '../../compiler/lower/strided.js';

/** A dense row-major tensor with its axes in another order: axis i of the result is axis order[i]. */
export function permuted(values: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = denseStrides(shape);
  const [lengths, steps] = [order.map((axis) => shape[axis]), order.map((axis) => strides[axis])];
  const made = new Float32Array(sizeOf(shape));
  const last = lengths.length - 1;
  const index = lengths.map(() => 0);
  let from = 0;
  for (let at = 0; at < made.length; at += lengths[last]) {
    for (let i = 0; i < lengths[last]; i++) made[at + i] = values[from + i * steps[last]];
    for (let axis = last - 1; axis >= 0; axis--) {
      from += steps[axis];
      if (++index[axis] < lengths[axis]) break;
      from -= steps[axis] * lengths[axis];
      index[axis] = 0;
    }
  }
  return made;
}
