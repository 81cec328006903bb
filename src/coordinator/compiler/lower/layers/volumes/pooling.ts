import { z } from 'zod';
import { dataFormat, padding, positiveTriple } from '../../arguments.js';
import type { Builder, Value } from '../../builder.js';
import type { LayerDescription } from '../../description.js';
import type { LayerLowering } from '../../layer.js';
import { lowerAveragePooling, lowerMaxPooling } from '../../pooling.js';
import type { WindowGeometry } from '../../windows.js';
import { wholeImage, windowGeometry } from '../../windows.js';

type Pool = (layer: LayerDescription, x: Value, windows: WindowGeometry, to: Builder) => Value;

const largest: Pool = (layer, x, windows, to) => lowerMaxPooling(layer, x, windows, to, 0);
/** A maximum over axes, in Keras: those that tie share the gradient. */
const sharedLargest: Pool = (layer, x, windows, to) => lowerMaxPooling(layer, x, windows, to, 1);

/**
 * The windows of each slice, then those over the depth of what they leave: the largest of the largest ones, the first of them where
 * several tie, and the mean of means, each of which is of as many elements.
 */
function lowerPooling3d(layer: LayerDescription, x: Value, to: Builder, pool: Pool): Value {
  const [depth, ...slice] = layer.inputShape;
  const [outDepth, ...outSlice] = layer.outputShape;
  const { poolSize, strides = poolSize, padding } = layer.config;
  const [sizes, steps] = [tripleOf(poolSize ?? 2), tripleOf(strides ?? poolSize ?? 2)];
  const part = (name: string, own: number[], shapes: Pick<LayerDescription, 'inputShape' | 'outputShape'>) => {
    const config = {
      padding,
      strides: own.map((axis) => steps[axis] ?? 1),
      poolSize: own.map((axis) => sizes[axis] ?? 1),
    };
    return { ...layer, name: `${layer.name} ${name}`, config, ...shapes };
  };
  const ofSlice = part('slices', [1, 2], { inputShape: slice, outputShape: outSlice });
  const pooled = eachOf(depth, x, to, (one) =>
    pool(ofSlice, one, windowGeometry(ofSlice, ofSlice.config.poolSize), to),
  );
  const [height, width, channels] = outSlice;
  const ofDepth = part('depth', [0, NONE], {
    inputShape: [depth, height * width, channels],
    outputShape: [outDepth, height * width, channels],
  });
  const flat = { ...pooled, shape: ofDepth.inputShape };
  const y = pool(ofDepth, flat, windowGeometry(ofDepth, ofDepth.config.poolSize), to);
  return { ...y, shape: layer.outputShape };
}

/** An axis that there is not. */
const NONE = 3;

/** Lowers what sees each slice of a volume as a row of its own. */
export function eachOf(depth: number, x: Value, to: Builder, lower: (slice: Value) => Value): Value {
  const [, ...shape] = x.shape;
  const { value, backward } = to.forEach(depth, () => to.part(() => lower({ ...x, shape })));
  to.onBackward((dy) => to.forEach(depth, () => backward(dy)));
  return { ...value, shape: [depth, ...value.shape] };
}

/** One number for all three axes, or one for each. */
export function tripleOf(given: unknown): readonly number[] {
  const list = [given].flat() as number[];
  return list.length === 1 ? [list[0], list[0], list[0]] : list;
}

const windowArguments = {
  poolSize: positiveTriple.optional(),
  strides: positiveTriple.optional(),
  padding,
  dataFormat,
};
const globalArguments = { dataFormat, keepdims: z.boolean().optional() };

const pooling = (type: string, pool: Pool): LayerLowering => ({
  type,
  arguments: windowArguments,
  lower: (layer, x, to) => lowerPooling3d(layer, x, to, pool),
});

/** The volume as one image of all its slices, below each other. */
const globalPooling = (type: string, pool: Pool): LayerLowering => ({
  type,
  arguments: globalArguments,
  lower(layer, x, to) {
    const [depth, height, width, channels] = layer.inputShape;
    const image = { ...layer, inputShape: [depth * height, width, channels] };
    return pool(image, { ...x, shape: image.inputShape }, wholeImage(image), to);
  },
});

export const pooling3d: readonly LayerLowering[] = [
  pooling('MaxPooling3D', largest),
  pooling('AveragePooling3D', lowerAveragePooling),
  globalPooling('GlobalMaxPooling3D', sharedLargest),
  globalPooling('GlobalAveragePooling3D', lowerAveragePooling),
];
