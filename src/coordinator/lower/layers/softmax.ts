import { z } from 'zod';
import { userError } from '../../../shared/errors.js';
import type { Builder, Value } from '../builder.js';
import type { LayerDescription } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { lowerSoftmax } from '../softmax.js';

/** Softmax as a layer. Axis 0 is the batch. */
export const softmax: LayerLowering = {
  type: 'Softmax',
  arguments: { axis: z.int().optional() },

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const axis = Number(layer.config.axis ?? -1);
    if (axis === -1 || axis === x.shape.length) return lowerSoftmax(layer.name, x, to);
    throw userError(
      'UNSUPPORTED_ARGUMENT',
      `Layer ${layer.name} has axis ${axis} over rows of shape [${x.shape.join(', ')}]; Lockstep takes softmax over the last axis, so give axis −1 or permute first.`,
    );
  },
};
