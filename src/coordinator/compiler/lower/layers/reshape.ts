import { z } from 'zod';
import { dataFormat } from '../arguments.js';
import type { Value } from '../builder.js';
import type { LayerDescription } from '../description.js';
import type { LayerLowering } from '../layer.js';

/** Rows are stored flat, so a new shape is a new reading of the same buffer. */
function reread(layer: LayerDescription, x: Value): Value {
  return { ...x, shape: layer.outputShape };
}

export const flatten: LayerLowering = { type: 'Flatten', arguments: { dataFormat }, lower: reread };

export const reshape: LayerLowering = {
  type: 'Reshape',
  arguments: { targetShape: z.array(z.int()) },
  lower: reread,
};
