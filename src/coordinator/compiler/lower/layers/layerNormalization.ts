import { z } from 'zod';
import { userError } from '../../../../shared/errors.js';
import { initializer } from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { lowerPermuted } from '../strided.js';

/**
 * Normalizes each row over some of its axes: no sums cross rows, so nothing meets at a sync point. Axes that are not the last
 * ones are brought to the end and back.
 */
export const layerNormalization: LayerLowering = {
  type: 'LayerNormalization',
  mask: 'passes',
  arguments: {
    axis: z.union([z.int(), z.array(z.int()).min(1)]).optional(),
    epsilon: z.number().positive().optional(),
    center: z.boolean().optional(),
    scale: z.boolean().optional(),
    betaInitializer: initializer,
    gammaInitializer: initializer,
  },

  initializers: (config) => [
    ...(config.scale === false ? [] : [config.gammaInitializer]),
    ...(config.center === false ? [] : [config.betaInitializer]),
  ],

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const axes = axesOf(layer);
    const others = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const order = [...others, ...axes];
    if (order.every((axis, i) => axis === i)) return lowerLastAxes(layer, x, axes.length, to);
    const normalized = lowerLastAxes(layer, lowerPermuted(layer, x, order, to), axes.length, to);
    const back = order.map((_, axis) => order.indexOf(axis));
    return lowerPermuted(layer, normalized, back, to);
  },
};

/** Normalizes groups of as many of the last axes. */
function lowerLastAxes(layer: LayerDescription, x: Value, axes: number, to: Builder): Value {
  const { scale, center, epsilon } = layer.config;
  const size = sizeOf(x.shape.slice(-axes));
  const record = sizeOf(x.shape);
  const groups = record / size;
  const gamma = scale === false ? -1 : to.parameter(layer, 0);
  const beta = center === false ? -1 : to.parameter(layer, scale === false ? 0 : 1);
  const y = to.buffer(`${layer.name} output`, record);
  const statistics = to.buffer(`${layer.name} statistics`, 2 * groups);
  const shared = { x: x.buffer, statistics, gamma, groups, size };
  to.emit({ kernel: 'layerNormForward', args: { y, beta, epsilon: Number(epsilon), ...shared } });
  to.onBackward((dy) => {
    if (layer.trained) to.emitBackward({ kernel: 'layerNormWeightGradient', args: { dy, beta, ...shared } });
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer.name} input gradient`, record);
    to.emitBackward({ kernel: 'layerNormInputGradient', args: { dy, dx, ...shared } });
    return dx;
  });
  return { buffer: y, shape: x.shape, trained: x.trained || layer.trained };
}

/** The axes that are normalized together, counted within a row, in their order; axis 0 of `axis` is the batch. */
function axesOf({ name, config, inputShape }: LayerDescription): number[] {
  const rank = inputShape.length;
  const given = [config.axis ?? -1].flat().map(Number);
  const axes = given.map((axis) => (axis < 0 ? axis + rank : axis - 1)).toSorted((a, b) => a - b);
  if (axes.every((axis, i) => axis >= 0 && axis < rank && axis !== axes[i - 1])) return axes;
  throw userError(
    'UNSUPPORTED_ARGUMENT',
    `Layer ${name} has axis ${JSON.stringify(config.axis)}, but normalizes within rows; give different axes from 1 to ${rank}, or from −${rank} to −1.`,
  );
}
