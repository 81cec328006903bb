import { z } from 'zod';
import { initializer } from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { sharingOf } from '../sharing.js';

/** x where x > 0, else alpha · x with a trained alpha for each element, or for those that differ off the shared axes. */
export const prelu: LayerLowering = {
  type: 'PReLU',
  mask: 'passes',
  arguments: {
    alphaInitializer: initializer,
    sharedAxes: z
      .union([z.int().positive(), z.array(z.int().positive())])
      .nullable()
      .optional(),
  },

  initializers: ({ alphaInitializer }) => [alphaInitializer],

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const slopes = slopesOf(layer);
    const size = sizeOf(x.shape);
    const alpha = to.parameter(layer, 0);
    const y = to.buffer(`${layer.name} output`, size);
    to.emit({ kernel: 'preluForward', args: { x: x.buffer, y, alpha, ...slopes } });
    to.onBackward((dy) => {
      if (layer.trained)
        to.emitBackward({ kernel: 'preluWeightGradient', args: { x: x.buffer, dy, alpha, ...slopes } });
      if (!x.trained) return -1;
      const dx = to.buffer(`${layer.name} input gradient`, size);
      to.emitBackward({ kernel: 'preluInputGradient', args: { x: x.buffer, dy, dx, alpha, ...slopes } });
      return dx;
    });
    return { buffer: y, shape: x.shape, trained: x.trained || layer.trained };
  },
};

function slopesOf({ name, inputShape, weights }: LayerDescription): { outer: number; slopes: number; inner: number } {
  const { outer, own, inner } = sharingOf(name, 'slopes', weights[0].shape, inputShape);
  return { outer, slopes: own, inner };
}
