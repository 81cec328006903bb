import { z } from 'zod';
import type { Builder, Value } from '../builder.js';
import type { LayerDescription } from '../description.js';
import { lowerInputActivation } from '../inputActivation.js';
import type { LayerLowering } from '../layer.js';
import { lowerOutputActivation } from './activation.js';

const slope = z.number().optional();

/** min(x, maxValue) where x > threshold, else negativeSlope · (x − threshold). */
export const relu: LayerLowering = {
  type: 'ReLU',
  mask: 'passes',
  arguments: {
    maxValue: z.number().positive().nullable().optional(),
    negativeSlope: slope,
    threshold: z.number().min(0).optional(),
  },

  lower({ name, config }: LayerDescription, x: Value, to: Builder): Value {
    const limit = (config.maxValue ?? undefined) as number | undefined;
    const alpha = Number(config.negativeSlope ?? 0);
    const threshold = Number(config.threshold ?? 0);
    const plain = alpha === 0 && threshold === 0;
    if (plain && limit === undefined) return lowerOutputActivation(name, x, to, 'relu');
    if (plain && limit === 6) return lowerOutputActivation(name, x, to, 'relu6');
    return lowerInputActivation(name, x, to, { name: 'rectifier', alpha, threshold, limit });
  },
};

/** x where x > 0, else alpha · x. */
export const leakyReLU: LayerLowering = {
  type: 'LeakyReLU',
  mask: 'passes',
  arguments: { alpha: slope },
  renamed: { negativeSlope: 'alpha' },

  lower({ name, config }: LayerDescription, x: Value, to: Builder): Value {
    const alpha = Number(config.alpha);
    if (alpha === 0.2) return lowerOutputActivation(name, x, to, 'leakyRelu');
    return lowerInputActivation(name, x, to, { name: 'rectifier', alpha });
  },
};

/** x where x > theta, else 0: Konda, Memisevic and Krueger, "Zero-bias autoencoders", 2014. */
export const thresholdedReLU: LayerLowering = {
  type: 'ThresholdedReLU',
  mask: 'passes',
  arguments: { theta: slope },

  lower({ name, config }: LayerDescription, x: Value, to: Builder): Value {
    return lowerInputActivation(name, x, to, { name: 'rectifier', threshold: Number(config.theta) });
  },
};

/** x where x > 0, else alpha · (eˣ − 1). */
export const elu: LayerLowering = {
  type: 'ELU',
  mask: 'passes',
  arguments: { alpha: slope },

  lower({ name, config }: LayerDescription, x: Value, to: Builder): Value {
    const alpha = Number(config.alpha);
    if (alpha === 1) return lowerOutputActivation(name, x, to, 'elu');
    return lowerInputActivation(name, x, to, { name: 'scaledElu', alpha });
  },
};

/** 1 where x > 0, else 0. Its gradient is zero, or that of the identity where `gradient` is straightThrough. */
export const step: LayerLowering = {
  type: 'Step',
  mask: 'passes',
  arguments: { gradient: z.enum(['zero', 'straightThrough']).optional() },

  lower({ name, config }: LayerDescription, x: Value, to: Builder): Value {
    if (config.gradient !== 'straightThrough') return lowerOutputActivation(name, x, to, 'step');
    return lowerInputActivation(name, x, to, { name: 'straightStep' });
  },
};
