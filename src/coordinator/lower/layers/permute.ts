import { z } from 'zod';
import { positive } from '../arguments.js';
import { sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { denseStrides, lowerStridedCopy } from '../strided.js';

/** Axis i of the output is axis dims[i] of the input; axes of a row are counted from 1. */
export const permute: LayerLowering = {
  type: 'Permute',
  arguments: { dims: z.array(positive).min(1) },

  lower(layer, x, to) {
    const strides = denseStrides(layer.inputShape);
    const axes = (layer.config.dims as number[]).map((dim) => ({
      length: layer.inputShape[dim - 1],
      stride: strides[dim - 1],
    }));
    return lowerStridedCopy(layer, x, { size: sizeOf(layer.inputShape), axes }, to);
  },
};
