import { z } from 'zod';
import { lowerOverAxes } from '../axes.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';

/** y = x / √Σ x² over some axes of a row. */
export const unitNormalization: LayerLowering = {
  type: 'UnitNormalization',
  mask: 'passes',
  arguments: { axis: z.union([z.int(), z.array(z.int()).min(1)]).optional() },
  lower: (layer, x, to) => lowerOverAxes(layer, x, to, (ordered, axes) => lowerLastAxes(layer, ordered, axes, to)),
};

function lowerLastAxes({ name }: LayerDescription, x: Value, axes: number, to: Builder): Value {
  const size = sizeOf(x.shape.slice(-axes));
  const sizes = { groups: sizeOf(x.shape) / size, size };
  const y = to.buffer(`${name} output`, sizeOf(x.shape));
  to.emit({ kernel: 'normalizeForward', args: { x: x.buffer, y, ...sizes } });
  to.onBackward((dy) => {
    if (!x.trained) return -1;
    to.emitBackward({ kernel: 'normalizeBackward', args: { x: x.buffer, dy, dx: dy, ...sizes } });
    return dy;
  });
  return { ...x, buffer: y };
}
