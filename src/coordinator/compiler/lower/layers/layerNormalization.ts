import { z } from 'zod';
import { initializer } from '../arguments.js';
import { lowerOverAxes } from '../axes.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';

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

  lower: (layer, x, to) => lowerOverAxes(layer, x, to, (ordered, axes) => lowerLastAxes(layer, ordered, axes, to)),
};

/** Normalizes groups of as many of the last axes. */
export function lowerLastAxes(layer: LayerDescription, x: Value, axes: number, to: Builder): Value {
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
