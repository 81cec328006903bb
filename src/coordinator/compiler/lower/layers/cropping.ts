import { dataFormat, sidesOfImage, sidesOfSequence } from '../arguments.js';
import type { LayerDescription } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { denseStrides, lowerStridedCopy, lowerStridedSum, type View } from '../strided.js';
import { imageShape, requireOutput } from '../windows.js';

/** Rows and columns [before, after] that a layer takes away or adds, by axis. */
type Sides = readonly (readonly [before: number, after: number])[];

export const cropping2d: LayerLowering = {
  type: 'Cropping2D',
  arguments: { cropping: sidesOfImage.default(0), dataFormat },
  lower: (layer, x, to) => {
    const { inputShape, outputShape, config } = layer;
    return lowerStridedCopy(layer, x, innerView(layer, inputShape, outputShape, config.cropping), to);
  },
};

export const cropping1d: LayerLowering = {
  ...cropping2d,
  type: 'Cropping1D',
  arguments: { cropping: sidesOfSequence.default(1) },
};

export const zeroPadding2d: LayerLowering = {
  type: 'ZeroPadding2D',
  arguments: { padding: sidesOfImage.optional(), dataFormat },
  lower: (layer, x, to) => {
    const { inputShape, outputShape, config } = layer;
    return lowerStridedSum(layer, x, innerView(layer, outputShape, inputShape, config.padding), to);
  },
};

export const zeroPadding1d: LayerLowering = {
  ...zeroPadding2d,
  type: 'ZeroPadding1D',
  arguments: { padding: sidesOfSequence.default(1) },
};

/** What is left of the larger shape inside its sides. */
function innerView(
  layer: LayerDescription,
  larger: readonly number[],
  smaller: readonly number[],
  sides: unknown,
): View {
  requireOutput(layer);
  const [[top], [left]] = imageSides(sides as Sides | Sides[number]);
  const [height, width, channels] = imageShape(larger);
  const strides = denseStrides([height, width, channels]);
  return {
    size: height * width * channels,
    offset: top * strides[0] + left * strides[1],
    axes: imageShape(smaller).map((length, axis) => ({ length, stride: strides[axis] })),
  };
}

/** A sequence is an image of height 1, of which nothing is taken. */
function imageSides(sides: Sides | Sides[number]): Sides {
  return typeof sides[0] === 'number' ? [[0, 0], sides as Sides[number]] : (sides as Sides);
}
