import { z } from 'zod';
import { userError } from '../../../../shared/errors.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { lowerScaled, type Scaling } from '../scaled.js';

const numbers = z.union([z.number(), z.array(z.number()).min(1)]);

/** What Keras divides by at least. */
export const SMALLEST = 1e-7;

/**
 * y = (x − mean) / max(√variance, 1e-7), or that turned round with `invert`. Mean and variance are numbers, or weights that
 * training leaves as they are: those that Keras's `adapt` has found.
 */
export const normalization: LayerLowering = {
  type: 'Normalization',
  mask: 'passes',
  arguments: {
    axis: z
      .union([z.int(), z.array(z.int())])
      .nullable()
      .optional(),
    mean: numbers.nullable().optional(),
    variance: numbers.nullable().optional(),
    invert: z.boolean().optional(),
  },

  initializers: ({ mean }) => ((mean ?? null) === null ? ['zeros', 'ones'] : []),

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const channels = channelsOf(layer);
    if (layer.weights.length > 0) return lowerWithWeights(layer, x, channels, to);
    return statisticsOf(layer, channels).reduce((value, scalings) => lowerScaled(layer, value, scalings, to), x);
  },
};

/** The statistics that there are: one for each index of the last axes, which `axis` must be, or one in all. */
export function channelsOf({ name, config, inputShape }: LayerDescription): number {
  const rank = inputShape.length;
  const { axis = -1 } = config as { axis?: number | number[] | null };
  const axes = [axis ?? []].flat().map((axis) => (axis < 0 ? axis + rank : axis - 1));
  const first = rank - axes.length;
  if (axes.toSorted((a, b) => a - b).every((axis, i) => axis === first + i)) return sizeOf(inputShape.slice(first));
  throw userError(
    'UNSUPPORTED_ARGUMENT',
    `Layer ${name} (Normalization) has axis ${JSON.stringify(config.axis)}; Lockstep keeps the last axes of a row apart, so give −1, all from one on, or null.`,
  );
}

/** Two scalings, one after the other: what is near the mean stays exact. */
export function statisticsOf({ name, config }: LayerDescription, channels: number): Scaling[][] {
  const [means, variances] = [config.mean, config.variance].map((given) => [given as number | number[]].flat());
  const wrong = [means, variances].find(({ length }) => length !== 1 && length !== channels);
  if (wrong !== undefined) {
    throw userError(
      'INVALID_LAYER_ARGUMENT',
      `Layer ${name} (Normalization) has ${wrong.length} numbers for ${channels} channels; give one for all, or one for each.`,
    );
  }
  const deviations = variances.map((variance) => Math.max(Math.sqrt(variance), SMALLEST));
  if (config.invert === true) {
    return [deviations.map((scale) => ({ scale, shift: 0 })), means.map((shift) => ({ scale: 1, shift }))];
  }
  return [
    means.map((mean) => ({ scale: 1, shift: -mean })),
    deviations.map((deviation) => ({ scale: 1 / deviation, shift: 0 })),
  ];
}

function lowerWithWeights(layer: LayerDescription, x: Value, channels: number, to: Builder): Value {
  if (layer.config.invert === true) {
    throw userError(
      'UNSUPPORTED_ARGUMENT',
      `Layer ${layer.name} (Normalization) has invert and no mean; give mean and variance.`,
    );
  }
  const size = sizeOf(x.shape);
  const [mean, variance] = [to.parameter(layer, 0), to.parameter(layer, 1)];
  // Of a variance of 0 the smallest deviation is left, and no other one notices it.
  const shared = { variance, epsilon: SMALLEST ** 2, gamma: -1, inner: size / channels, channels };
  const y = to.buffer(`${layer.name} output`, size);
  to.emit({ kernel: 'batchNormInference', args: { x: x.buffer, y, beta: -1, mean, ...shared } });
  to.onBackward((dy) => {
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer.name} input gradient`, size);
    to.emitBackward({ kernel: 'batchNormFrozenGradient', args: { dy, dx, ...shared } });
    return dx;
  });
  return { ...x, buffer: y };
}
