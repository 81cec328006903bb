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

/** After a mask it lowers as masks.ts says. */
export const globalAveragePooling1d: LayerLowering = { ...globalAveragePooling2d, type: 'GlobalAveragePooling1D' };
