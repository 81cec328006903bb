import { z } from 'zod';
import { userError } from '../../../../../shared/errors.js';
import { tfc } from '../../../../../shared/tfjs/tfjs.js';
import { type AxisMap, lowerAlongAxis } from '../../alongAxis.js';
import { dataFormat, positive } from '../../arguments.js';
import type { Builder, Value } from '../../builder.js';
import { type LayerDescription, sizeOf } from '../../description.js';
import { lowerUniforms } from '../../draws.js';
import { lowerFormula } from '../../formula.js';
import type { LayerLowering } from '../../layer.js';
import { denseStrides, lowerStridedCopy } from '../../strided.js';
import { lowerBilinear } from '../upSampling.js';

const size = { height: positive, width: positive, dataFormat };
const no = z.literal(false).optional();

/** Images of another size: each pixel the nearest one's, or between the nearest four in straight lines. */
export const resizing: LayerLowering = {
  type: 'Resizing',
  arguments: {
    ...size,
    interpolation: z.enum(['nearest', 'bilinear']).optional(),
    ...{ antialias: no, cropToAspectRatio: no, padToAspectRatio: no },
    ...{ fillMode: z.string().optional(), fillValue: z.number().optional() },
  },
  lower(layer, x, to) {
    if (layer.config.interpolation !== 'nearest') return lowerBilinear(layer, x, to);
    return [0, 1].reduce((value, axis) => {
      const map = nearest(x.shape[axis], layer.outputShape[axis]);
      return lowerAlongAxis(`${layer.name} axis ${axis}`, value, axis, map, to);
    }, x);
  },
};

/** The pixel under the middle of each new one. */
function nearest(length: number, made: number): AxisMap {
  return Array.from({ length: made }, (_, i) => {
    const from = Math.min(Math.floor(((i + 0.5) * length) / made), length - 1);
    return Array.from({ length }, (_, j) => (j === from ? 1 : 0));
  });
}

/** The middle of an image; of one that is too small the largest part of that form, resized. */
export const centerCrop: LayerLowering = { type: 'CenterCrop', arguments: size, lower: lowerCentre };

function lowerCentre(layer: LayerDescription, x: Value, to: Builder): Value {
  const [[height, width], [rows, columns]] = [x.shape, layer.outputShape];
  if (height >= rows && width >= columns) {
    return lowerPart(layer, x, Math.floor((height - rows) / 2), Math.floor((width - columns) / 2), [rows, columns], to);
  }
  const part = [
    Math.max(1, Math.min(height, Math.floor((width * rows) / columns))),
    Math.max(1, Math.min(width, Math.floor((height * columns) / rows))),
  ];
  const [top, left] = [Math.floor((height - part[0]) / 2), Math.floor((width - part[1]) / 2)];
  const cropped = lowerPart({ ...layer, name: `${layer.name} part` }, x, top, left, part, to);
  return lowerBilinear({ ...layer, inputShape: cropped.shape }, cropped, to);
}

function lowerPart(
  layer: LayerDescription,
  x: Value,
  top: number,
  left: number,
  [rows, columns]: readonly number[],
  to: Builder,
): Value {
  const strides = denseStrides(x.shape);
  const outputShape = [rows, columns, x.shape[2]];
  const axes = outputShape.map((length, axis) => ({ length, stride: strides[axis] }));
  const view = { size: sizeOf(x.shape), offset: top * strides[0] + left * strides[1], axes };
  return lowerStridedCopy({ name: layer.name, outputShape }, x, view, to);
}

/** While training a part at a place of its own for each image, else the middle. */
export const randomCrop: LayerLowering = {
  type: 'RandomCrop',
  arguments: { ...size, seed: z.unknown().optional() },
  lower(layer, x, to) {
    const [[height, width], [rows, columns]] = [x.shape, layer.outputShape];
    const draws = lowerUniforms(layer.name, 2, to);
    if (!to.training || height <= rows || width <= columns) return lowerCentre(layer, x, to);
    const [lengths, made] = [
      [height, width],
      [rows, columns],
    ];
    return made.reduce(
      (value, count, axis) => lowerTaken(layer, value, draws, { axis, length: lengths[axis], count }, to),
      x,
    );
  },
};

/** `count` neighbours along an axis, from a place that is drawn: a product with a matrix of zeros and ones for each row. */
function lowerTaken(
  layer: LayerDescription,
  x: Value,
  draws: Value,
  { axis, length, count }: { readonly axis: number; readonly length: number; readonly count: number },
  to: Builder,
): Value {
  const shape = x.shape.with(axis, count);
  const order = axis === 0 ? [0, 1, 2, 3] : [0, 2, 1, 3];
  const formula = (inputs: readonly ReturnType<typeof tfc.add>[]) => {
    const [image, drawn] = inputs;
    const rows = image.shape[0];
    const start = tfc.floor(tfc.mul(tfc.slice(drawn, [0, axis], [rows, 1]), length - count + 1));
    const places = Float32Array.from({ length: count * length }, (_, e) => (e % length) - Math.floor(e / length));
    const offsets = tfc.tensor(places, [1, count, length]);
    const matrix = tfc.cast(tfc.equal(offsets, tfc.reshape(start, [rows, 1, 1])), 'float32');
    const turned = tfc.transpose(image, order);
    const [, , other, channels] = turned.shape;
    const product = tfc.matMul(matrix, tfc.reshape(turned, [rows, length, other * channels]));
    return tfc.transpose(tfc.reshape(product, [rows, count, other, channels]), order);
  };
  const part = { name: `axis ${axis}`, shape, formula, weights: [] };
  const { value, backward } = lowerFormula(layer, part, [x, draws], to);
  to.onBackward((dy) => (x.trained ? backward(dy)[0] : -1));
  return value;
}

/** Refuses what are no images. */
export function requireImage({ name, type, inputShape }: LayerDescription): void {
  if (inputShape.length === 3) return;
  throw userError(
    'UNSUPPORTED_SHAPE',
    `Layer ${name} (${type}) is given rows of shape [${inputShape.join(', ')}]; give images, [height, width, channels].`,
  );
}
