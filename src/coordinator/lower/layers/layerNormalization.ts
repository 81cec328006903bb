import { z } from 'zod';
import { userError } from '../../../shared/errors.js';
import { initializer } from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';

/** Normalizes each row over its last axes: no sums cross rows, so nothing meets at a sync point. */
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
    const { scale, center, epsilon } = layer.config;
    const size = normalizedSize(layer);
    const record = sizeOf(layer.inputShape);
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
    return { buffer: y, shape: layer.outputShape, trained: x.trained || layer.trained };
  },
};

/** Elements of a row that are normalized together: its last axes, as many as `axis` names. Axis 0 is the batch. */
function normalizedSize({ name, config, inputShape }: LayerDescription): number {
  const rank = inputShape.length + 1;
  const axes = [config.axis ?? -1].flat().map((axis) => (Number(axis) < 0 ? rank + Number(axis) : Number(axis)));
  const wanted = Array.from(axes, (_, i) => rank - axes.length + i);
  if (axes.toSorted((a, b) => a - b).join() === wanted.join()) return sizeOf(inputShape.slice(-axes.length));
  throw userError(
    'UNSUPPORTED_ARGUMENT',
    `Layer ${name} normalizes axes ${axes.join(', ')} of ${rank} (the batch is 0); Lockstep normalizes the last ones, here ${wanted.join(', ')}.`,
  );
}
