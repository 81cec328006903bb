import { z } from 'zod';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';

const seed = z.number().nullable().optional();

/** Adds normal noise of the given standard deviation while training; the identity at inference. */
export const gaussianNoise: LayerLowering = {
  type: 'GaussianNoise',
  mask: 'passes',
  arguments: { stddev: z.number().min(0), seed },

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const number = to.nextLayerNumber();
    const deviation = layer.config.stddev as number;
    if (!to.training || deviation === 0) return x;
    const size = sizeOf(x.shape);
    const y = to.buffer(`${layer.name} output`, size);
    to.emit({ kernel: 'gaussianNoise', args: { x: x.buffer, y, size, deviation, layer: number } });
    return { ...x, buffer: y };
  },
};

/**
 * Multiplies each element by a normal number around 1 of variance rate / (1 − rate) while training: Srivastava et al.,
 * "Dropout", 2014, section 10.
 */
export const gaussianDropout: LayerLowering = {
  type: 'GaussianDropout',
  mask: 'passes',
  arguments: { rate: z.number().min(0).lt(1), seed },

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const rate = layer.config.rate as number;
    const number = to.nextLayerNumber();
    if (!to.training || rate === 0) return x;
    const shared = { size: sizeOf(x.shape), deviation: Math.sqrt(rate / (1 - rate)), layer: number };
    const y = to.buffer(`${layer.name} output`, shared.size);
    to.emit({ kernel: 'gaussianDropout', args: { x: x.buffer, y, ...shared } });
    to.onBackward((dy) => {
      if (x.trained) to.emitBackward({ kernel: 'gaussianDropout', args: { x: dy, y: dy, ...shared } });
      return dy;
    });
    return { ...x, buffer: y };
  },
};
