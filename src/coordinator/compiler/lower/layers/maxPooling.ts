import { z } from 'zod';
import { dataFormat, padding, positivePair, positiveSingle } from '../arguments.js';
import type { LayerLowering } from '../layer.js';
import { lowerMaxPooling } from '../pooling.js';
import { wholeImage, windowGeometry } from '../windows.js';

export const maxPooling2d: LayerLowering = {
  type: 'MaxPooling2D',
  arguments: { poolSize: positivePair.optional(), strides: positivePair.optional(), padding, dataFormat },
  lower: (layer, x, to) => lowerMaxPooling(layer, x, windowGeometry(layer, layer.config.poolSize), to, 0),
};

export const maxPooling1d: LayerLowering = {
  ...maxPooling2d,
  type: 'MaxPooling1D',
  arguments: { poolSize: positiveSingle.optional(), strides: positiveSingle.optional(), padding, dataFormat },
};

/** A maximum over an axis, in Keras: those that tie share the gradient. */
export const globalMaxPooling2d: LayerLowering = {
  type: 'GlobalMaxPooling2D',
  arguments: { dataFormat, keepdims: z.boolean().optional() },
  lower: (layer, x, to) => lowerMaxPooling(layer, x, wholeImage(layer), to, 1),
};

export const globalMaxPooling1d: LayerLowering = { ...globalMaxPooling2d, type: 'GlobalMaxPooling1D' };
