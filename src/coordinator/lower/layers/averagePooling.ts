import { userError } from '../../../shared/errors.js';
import type { Value } from '../builder.js';
import type { LayerDescription } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { lowerAveragePooling } from '../pooling.js';
import { wholeImage, windowGeometry } from '../windows.js';
import { globalMaxPooling2d, maxPooling1d, maxPooling2d } from './maxPooling.js';

export const averagePooling2d: LayerLowering = {
  type: 'AveragePooling2D',
  arguments: maxPooling2d.arguments,
  lower: (layer, x, to) => lowerAveragePooling(layer, x, windowGeometry(layer, layer.config.poolSize), to),
};

export const averagePooling1d: LayerLowering = {
  ...averagePooling2d,
  type: 'AveragePooling1D',
  arguments: maxPooling1d.arguments,
};

export const globalAveragePooling2d: LayerLowering = {
  type: 'GlobalAveragePooling2D',
  arguments: globalMaxPooling2d.arguments,
  lower: (layer, x, to) => lowerAveragePooling(layer, x, wholeImage(layer), to),
};

export const globalAveragePooling1d: LayerLowering = {
  ...globalAveragePooling2d,
  type: 'GlobalAveragePooling1D',
  lower(layer, x, to) {
    requireNoMask(layer, x);
    return lowerAveragePooling(layer, x, wholeImage(layer), to);
  },
};

/** Keras takes the mean over the steps that are there. */
function requireNoMask({ name }: LayerDescription, { mask }: Value): void {
  if (mask === undefined) return;
  throw userError(
    'UNSUPPORTED_MASK',
    `Layer ${name} is a GlobalAveragePooling1D of a masked sequence, whose mean over the steps that are there does not lower to kernels; end the mask before it, or use GlobalMaxPooling1D.`,
  );
}
