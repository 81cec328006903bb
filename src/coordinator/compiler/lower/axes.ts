import { userError } from '../../../shared/errors.js';
import type { Builder, Value } from './builder.js';
import type { LayerDescription } from './description.js';
import { lowerPermuted } from './strided.js';

/** Lowers what works on the last `axes` axes alone: others are brought to the end and back. */
export function lowerOverAxes(
  layer: LayerDescription,
  x: Value,
  to: Builder,
  lower: (x: Value, axes: number) => Value,
): Value {
  const axes = axesOf(layer);
  const others = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const order = [...others, ...axes];
  if (order.every((axis, i) => axis === i)) return lower(x, axes.length);
  const made = lower(lowerPermuted(layer, x, order, to), axes.length);
  const back = order.map((_, axis) => order.indexOf(axis));
  return lowerPermuted(layer, made, back, to);
}

/** The axes that a layer names, −1 by default, counted within a row, in their order; axis 0 of `axis` is the batch. */
export function axesOf({ name, config, inputShape }: LayerDescription): number[] {
  const rank = inputShape.length;
  const given = [config.axis ?? -1].flat().map(Number);
  const axes = given.map((axis) => (axis < 0 ? axis + rank : axis - 1)).toSorted((a, b) => a - b);
  if (axes.every((axis, i) => axis >= 0 && axis < rank && axis !== axes[i - 1])) return axes;
  throw userError(
    'UNSUPPORTED_ARGUMENT',
    `Layer ${name} has axis ${JSON.stringify(config.axis)}, but normalizes within rows; give different axes from 1 to ${rank}, or from −${rank} to −1.`,
  );
}
