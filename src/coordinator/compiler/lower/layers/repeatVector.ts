import { positive } from '../arguments.js';
import type { LayerLowering } from '../layer.js';
import { lowerStridedCopy } from '../strided.js';

/** (features) → (n, features): the same vector n times. */
export const repeatVector: LayerLowering = {
  type: 'RepeatVector',
  arguments: { n: positive },

  lower(layer, x, to) {
    const [n, size] = layer.outputShape;
    const axes = [
      { length: n, stride: 0 },
      { length: size, stride: 1 },
    ];
    return lowerStridedCopy(layer, x, { size, axes }, to);
  },
};
