import { declared, type LayerClass } from './declared.js';
import type { Shape } from './shapeOnly.js';

/** Layers over volumes (rows, depth, height, width, channels) that tfjs-layers lacks. */

type Sides = readonly [before: number, after: number];
type GivenSides = number | readonly (number | Sides)[];

/** One number for all three axes, one for each, or one for each side of each. */
export function sidesOfVolume(given: GivenSides): readonly Sides[] {
  const list = typeof given === 'number' ? [given, given, given] : given;
  return list.map((sides): Sides => (typeof sides === 'number' ? [sides, sides] : sides));
}

/** One number for all axes, or one for each. */
export function each<T>(given: T | readonly T[], axes: number): readonly T[] {
  return Array.isArray(given) && given.length === axes
    ? given
    : Array<T>(axes).fill((Array.isArray(given) ? given[0] : given) as T);
}

/** A shape with other lengths between the batch and the channels. */
export function withPlaces(shape: Shape, change: (length: number, axis: number) => number): Shape {
  const changed = shape.slice(1, -1).map((length, axis) => (length === null ? null : change(length, axis)));
  return [shape[0], ...changed, shape[shape.length - 1]];
}

const resized = (
  className: string,
  defaults: Record<string, unknown>,
  length: (args: Record<string, unknown>, length: number, axis: number) => number,
): LayerClass =>
  declared({
    className,
    defaults,
    shapeOf: (args, [shape]) => withPlaces(shape, (own, axis) => length(args, own, axis)),
  });

const cropping3d = resized('Cropping3D', { cropping: 1 }, ({ cropping }, length, axis) => {
  const [before, after] = sidesOfVolume(cropping as GivenSides)[axis];
  return length - before - after;
});

const zeroPadding3d = resized('ZeroPadding3D', { padding: 1 }, ({ padding }, length, axis) => {
  const [before, after] = sidesOfVolume(padding as GivenSides)[axis];
  return length + before + after;
});

const upSampling3d = resized('UpSampling3D', { size: 2 }, ({ size }, length, axis) => {
  return length * each(size as number, 3)[axis];
});

const globalPooling = (className: string): LayerClass =>
  declared({
    className,
    defaults: { keepdims: false },
    shapeOf: ({ keepdims }, [shape]) => (keepdims ? withPlaces(shape, () => 1) : [shape[0], shape[shape.length - 1]]),
  });

/** The gradient of that of tfjs-layers 4.22 is wrong where windows overlap. */
const pooling = (className: string): LayerClass =>
  declared({
    className,
    defaults: { poolSize: 2, strides: null, padding: 'valid' },
    shapeOf: ({ poolSize, strides, padding }, [shape]) =>
      withPlaces(shape, (length, axis) => {
        const window = padding === 'same' ? 1 : each(poolSize as number, 3)[axis];
        return Math.floor((length - window) / each((strides ?? poolSize) as number, 3)[axis]) + 1;
      }),
  });

const spatialDropout3d = declared({
  className: 'SpatialDropout3D',
  defaults: { rate: 0, seed: null },
  passesMask: true,
});

/** Pooling to a number of places, whatever number there is. */
const adaptivePooling = (className: string, axes: number): LayerClass =>
  declared({
    className,
    defaults: { outputSize: 1 },
    shapeOf: ({ outputSize }, [shape]) => withPlaces(shape, (_, axis) => each(outputSize as number, axes)[axis]),
  });

export const volumeLayers: readonly LayerClass[] = [
  ...[cropping3d, zeroPadding3d, upSampling3d, spatialDropout3d],
  ...['MaxPooling3D', 'AveragePooling3D'].map(pooling),
  ...['GlobalAveragePooling3D', 'GlobalMaxPooling3D'].map(globalPooling),
  ...[1, 2, 3].flatMap((axes) =>
    ['Average', 'Max'].map((kind) => adaptivePooling(`Adaptive${kind}Pooling${axes}D`, axes)),
  ),
];
