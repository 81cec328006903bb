import { z } from 'zod';
import { dataFormat, positiveTriple } from '../../arguments.js';
import type { LayerDescription } from '../../description.js';
import type { LayerLowering } from '../../layer.js';
import { denseStrides, lowerStridedCopy, lowerStridedSum, type View } from '../../strided.js';
import { requireOutput } from '../../windows.js';
import { spatialDropout2d } from '../dropout.js';

const count = z.int().nonnegative();
const sides = z.union([count, z.tuple([count, count])]);

/** One number for all axes, one for each, or one for each side of each. */
const sidesOfVolume = z.union([count, z.tuple([sides, sides, sides])]).optional();

const cropping3d: LayerLowering = {
  type: 'Cropping3D',
  arguments: { cropping: sidesOfVolume, dataFormat },
  lower(layer, x, to) {
    const { inputShape, outputShape, config } = layer;
    return lowerStridedCopy(layer, x, innerView(layer, inputShape, outputShape, config.cropping), to);
  },
};

const zeroPadding3d: LayerLowering = {
  type: 'ZeroPadding3D',
  arguments: { padding: sidesOfVolume, dataFormat },
  lower(layer, x, to) {
    const { inputShape, outputShape, config } = layer;
    return lowerStridedSum(layer, x, innerView(layer, outputShape, inputShape, config.padding), to);
  },
};

/** What is left of the larger volume inside its sides. */
function innerView(
  layer: LayerDescription,
  larger: readonly number[],
  smaller: readonly number[],
  given: unknown,
): View {
  requireOutput(layer);
  const sides = typeof given === 'number' ? [given, given, given] : (given as (number | [number, number])[]);
  const strides = denseStrides(larger);
  return {
    size: strides[0] * larger[0],
    offset: sides.reduce((sum: number, side, axis) => sum + [side].flat()[0] * strides[axis], 0),
    axes: smaller.map((length, axis) => ({ length, stride: strides[axis] })),
  };
}

const upSampling3d: LayerLowering = {
  type: 'UpSampling3D',
  arguments: { size: positiveTriple.optional(), dataFormat },
  lower(layer, x, to) {
    const [depth, height, width, channels] = x.shape;
    const [slices, rows, columns] = layer.outputShape;
    // The kernel has five axes: those of a slice first, then the slices themselves.
    const flat = lowerStridedCopy(
      { name: `${layer.name} slices`, outputShape: [depth, rows, columns, channels] },
      x,
      {
        size: depth * height * width * channels,
        axes: [
          { length: depth * height, stride: width * channels },
          { length: rows / height, stride: 0 },
          { length: width, stride: channels },
          { length: columns / width, stride: 0 },
          { length: channels, stride: 1 },
        ],
      },
      to,
    );
    const slice = rows * columns * channels;
    const axes = [
      { length: depth, stride: slice },
      { length: slices / depth, stride: 0 },
      { length: slice, stride: 1 },
    ];
    return lowerStridedCopy(layer, flat, { size: depth * slice, axes }, to);
  },
};

export const shapes3d: readonly LayerLowering[] = [
  cropping3d,
  zeroPadding3d,
  upSampling3d,
  { ...spatialDropout2d, type: 'SpatialDropout3D' },
];
