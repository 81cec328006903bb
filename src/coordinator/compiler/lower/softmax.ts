import { userError } from '../../../shared/errors.js';
import type { SoftmaxName } from './activations.js';
import type { Builder, Value } from './builder.js';
import { sizeOf } from './description.js';
import { lowerPermuted } from './strided.js';

/** Softmax, or its logarithm, over an axis that counts as in Keras. */
interface Softmax {
  readonly name: SoftmaxName;
  readonly axis: number;
}

/** Emits softmax, or its logarithm. An axis that is not the last one is brought to the end and back. */
export function lowerSoftmax(layer: string, x: Value, to: Builder, { name, axis }: Softmax): Value {
  const own = axisWithin(layer, axis, x.shape.length);
  if (own === x.shape.length - 1) return lowerOverLast(layer, x, to, name);
  const order = x.shape.map((_, i) => i);
  [order[own], order[order.length - 1]] = [order.length - 1, own];
  const swap = (value: Value): Value => lowerPermuted({ name: layer }, value, order, to);
  return swap(lowerOverLast(layer, swap(x), to, name));
}

/** The axis counted within a row. */
function axisWithin(layer: string, given: number, rank: number): number {
  const axis = given < 0 ? given + rank : given - 1;
  if (axis >= 0 && axis < rank) return axis;
  throw userError(
    'UNSUPPORTED_ARGUMENT',
    `Layer ${layer} has axis ${given}, but takes softmax within rows; give an axis from 1 to ${rank}, or from −${rank} to −1.`,
  );
}

function lowerOverLast(layer: string, x: Value, to: Builder, name: Softmax['name']): Value {
  const size = x.shape[x.shape.length - 1];
  const groups = sizeOf(x.shape) / size;
  const y = to.buffer(`${layer} ${name}`, groups * size);
  to.emit({ kernel: `${name}Forward`, args: { x: x.buffer, y, groups, size } });
  to.onBackward((dy) => {
    const dx = to.buffer(`${layer} ${name} input gradient`, groups * size);
    to.emitBackward({ kernel: `${name}Backward`, args: { y, dy, dx, groups, size } });
    return dx;
  });
  return { ...x, buffer: y };
}
