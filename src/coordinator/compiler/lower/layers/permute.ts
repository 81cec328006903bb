import { z } from 'zod';
import { positive } from '../arguments.js';
import type { LayerLowering } from '../layer.js';
import { lowerPermuted } from '../strided.js';

/** Axis i of the output is axis dims[i] of the input; axes of a row are counted from 1. */
export const permute: LayerLowering = {
  type: 'Permute',
  arguments: { dims: z.array(positive).min(1) },

  lower(layer, x, to) {
    const order = (layer.config.dims as number[]).map((dim) => dim - 1);
    return lowerPermuted(layer, x, order, to);
  },
};
