import { z } from 'zod';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';

/** Zeroes a share of the elements while training and scales the others; the identity at inference. */
export const dropout: LayerLowering = {
  type: 'Dropout',
  arguments: { rate: z.number().min(0).lt(1), seed: z.number().optional() },

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const rate = layer.config.rate as number;
    const number = to.nextLayerNumber();
    if (!to.training || rate === 0) return x;
    const size = sizeOf(x.shape);
    const y = to.buffer(`${layer.name} output`, size);
    to.emit({ kernel: 'dropout', args: { x: x.buffer, y, size, rate, layer: number } });
    to.onBackward((dy) => {
      if (x.trained) to.emitBackward({ kernel: 'dropout', args: { x: dy, y: dy, size, rate, layer: number } });
      return dy;
    });
    return { ...x, buffer: y };
  },
};
