import { z } from 'zod';
import { dataFormat, positive, positivePair } from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { lowerStridedCopy } from '../strided.js';
import { imageShape } from '../windows.js';

/** Every row and column `size` times as often: repeated, or with straight lines between pixels. */
export const upSampling2d: LayerLowering = {
  type: 'UpSampling2D',
  arguments: {
    // TensorFlow.js takes nothing but a pair.
    size: positivePair
      .transform((size) => (Array.isArray(size) ? [size[0], size[size.length - 1]] : [size, size]))
      .optional(),
    interpolation: z.enum(['nearest', 'bilinear']).optional(),
    dataFormat,
  },

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    return layer.config.interpolation === 'bilinear' ? lowerBilinear(layer, x, to) : lowerNearest(layer, x, to);
  },
};

export const upSampling1d: LayerLowering = {
  ...upSampling2d,
  type: 'UpSampling1D',
  arguments: { size: positive.optional() },
};

function lowerNearest(layer: LayerDescription, x: Value, to: Builder): Value {
  const [height, width, channels] = imageShape(layer.inputShape);
  const [outHeight, outWidth] = imageShape(layer.outputShape);
  const axes = [
    { length: height, stride: width * channels },
    { length: outHeight / height, stride: 0 },
    { length: width, stride: channels },
    { length: outWidth / width, stride: 0 },
    { length: channels, stride: 1 },
  ];
  return lowerStridedCopy(layer, x, { size: sizeOf(layer.inputShape), axes }, to);
}

/** Between the nearest pixels in straight lines. */
export function lowerBilinear(layer: LayerDescription, x: Value, to: Builder): Value {
  const [height, width, channels] = layer.inputShape;
  const [outHeight, outWidth] = layer.outputShape;
  const resizing = { height, width, channels, outHeight, outWidth };
  const y = to.buffer(`${layer.name} output`, sizeOf(layer.outputShape));
  to.emit({ kernel: 'bilinearForward', args: { x: x.buffer, y, ...resizing } });
  to.onBackward((dy) => {
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer.name} input gradient`, sizeOf(layer.inputShape));
    to.emitBackward({ kernel: 'bilinearBackward', args: { dy, dx, ...resizing } });
    return dx;
  });
  return { buffer: y, shape: layer.outputShape, trained: x.trained };
}
