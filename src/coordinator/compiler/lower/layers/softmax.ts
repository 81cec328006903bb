import { z } from 'zod';
import { userError } from '../../../../shared/errors.js';
import type { Builder, Value } from '../builder.js';
import type { LayerDescription } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { lowerSoftmax } from '../softmax.js';
import { lowerPermuted } from '../strided.js';

/** Softmax as a layer. Axis 0 is the batch. Over an axis that is not the last one, that axis is brought to the end and back. */
export const softmax: LayerLowering = {
  type: 'Softmax',
  arguments: { axis: z.int().optional() },

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const axis = axisOf(layer, x.shape.length);
    if (axis === x.shape.length - 1) return lowerSoftmax(layer.name, x, to);
    const swapped = swap(layer, x, axis, to);
    return swap(layer, lowerSoftmax(layer.name, swapped, to), axis, to);
  },
};

/** The axis counted within a row. */
function axisOf({ name, config }: LayerDescription, rank: number): number {
  const given = Number(config.axis ?? -1);
  const axis = given < 0 ? given + rank : given - 1;
  if (axis >= 0 && axis < rank) return axis;
  throw userError(
    'UNSUPPORTED_ARGUMENT',
    `Layer ${name} has axis ${given}, but takes softmax within rows; give an axis from 1 to ${rank}, or from −${rank} to −1.`,
  );
}

/** The value with an axis and the last one in each other's place. */
function swap(layer: LayerDescription, x: Value, axis: number, to: Builder): Value {
  const order = x.shape.map((_, i) => i);
  [order[axis], order[order.length - 1]] = [order.length - 1, axis];
  return lowerPermuted(layer, x, order, to);
}
