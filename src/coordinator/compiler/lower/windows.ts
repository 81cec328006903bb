import { userError } from '../../../shared/errors.js';
import type { ImageWindows } from '../../tracing/graph.js';
import type { LayerDescription } from './description.js';

/** The geometry of a layer that slides windows over NHWC images, as its kernels take it. */
export type WindowGeometry = ImageWindows;

/** Reads a layer's windows: `window` is its kernel or pool size. A sequence (T, C) is an image of height 1. */
export function windowGeometry(layer: LayerDescription, window: unknown): WindowGeometry {
  return windowsBetween(layer, window, layer.inputShape, layer.outputShape);
}

/** The windows of the layer that leads from the output of `layer` to its input: what a transposed convolution turns round. */
export function transposedGeometry(layer: LayerDescription, window: unknown): WindowGeometry {
  return windowsBetween(layer, window, layer.outputShape, layer.inputShape);
}

/** One window as large as the whole image. */
export function wholeImage(layer: LayerDescription): WindowGeometry {
  const [height, width, channels] = imageShape(layer.inputShape);
  return {
    height,
    width,
    channels,
    windowHeight: height,
    windowWidth: width,
    strideHeight: 1,
    strideWidth: 1,
    dilationHeight: 1,
    dilationWidth: 1,
    padTop: 0,
    padLeft: 0,
    outHeight: 1,
    outWidth: 1,
  };
}

/** The windows that lead from images of one shape to those of another. */
export function windowsBetween(
  layer: LayerDescription,
  window: unknown,
  input: readonly number[],
  output: readonly number[],
): WindowGeometry {
  requireOutput(layer);
  const pair = input.length === 2 ? ofSequence : ofImage;
  const [height, width, channels] = imageShape(input);
  const [outHeight, outWidth] = imageShape(output);
  const [windowHeight, windowWidth] = pair(window);
  const [strideHeight, strideWidth] = pair(layer.config.strides ?? 1);
  const [dilationHeight, dilationWidth] = pair(layer.config.dilationRate ?? 1);
  const { before, positions } = paddings[String(layer.config.padding ?? 'valid')];
  const [rowReach, columnReach] = [(windowHeight - 1) * dilationHeight + 1, (windowWidth - 1) * dilationWidth + 1];
  requirePositions(
    layer,
    [outHeight, outWidth],
    [positions(height, rowReach, strideHeight), positions(width, columnReach, strideWidth)],
  );
  return {
    height,
    width,
    channels,
    windowHeight,
    windowWidth,
    strideHeight,
    strideWidth,
    dilationHeight,
    dilationWidth,
    padTop: before(height, outHeight, rowReach, strideHeight),
    padLeft: before(width, outWidth, columnReach, strideWidth),
    outHeight,
    outWidth,
  };
}

/** (H, W, C); a sequence (T, C) is an image of height 1. */
export function imageShape(shape: readonly number[]): readonly number[] {
  return shape.length === 2 ? [1, ...shape] : shape;
}

/** How windows that reach over `reach` rows or columns, `stride` apart, lie over an input. */
interface Padding {
  /** Rows or columns of padding before the input. */
  before(input: number, output: number, reach: number, stride: number): number;
  /** Windows that fit. */
  positions(input: number, reach: number, stride: number): number;
}

export const paddings: Readonly<Record<string, Padding>> = {
  valid: { before: () => 0, positions: (input, reach, stride) => Math.floor((input - reach) / stride) + 1 },
  same: { before: samePadding, positions: (input, _reach, stride) => Math.ceil(input / stride) },
  causal: {
    before: (_input, _output, reach) => reach - 1,
    positions: (input, _reach, stride) => Math.ceil(input / stride),
  },
};

/** Rows or columns of padding before the input, as TensorFlow places them: the smaller half comes first. */
function samePadding(input: number, output: number, reach: number, stride: number): number {
  return Math.floor(Math.max((output - 1) * stride + reach - input, 0) / 2);
}

/** One number for both axes of an image, or one for each. */
function ofImage(value: unknown): readonly [number, number] {
  const list = [value].flat() as number[];
  return [list[0], list[list.length - 1]];
}

/** The number for the only axis of a sequence. */
function ofSequence(value: unknown): readonly [number, number] {
  return [1, ([value].flat() as number[])[0]];
}

/** Refuses a layer whose output would be empty. */
export function requireOutput({ name, inputShape, outputShape }: LayerDescription): void {
  if (outputShape.every((length) => length > 0)) return;
  throw userError(
    'EMPTY_OUTPUT',
    `Layer ${name} leaves [${outputShape.join(', ')}] of its input of shape [${inputShape.join(', ')}]; give it a larger input, or a smaller window or cropping.`,
  );
}

/** A tf.LayersModel brings the shapes that TensorFlow.js inferred, which for some layers are not Keras's. */
function requirePositions(layer: LayerDescription, inferred: readonly number[], actual: readonly number[]): void {
  if (inferred.join() === actual.join()) return;
  throw userError(
    'WRONG_SHAPE',
    `Layer ${layer.name} (${layer.type}) has windows at ${actual.join(' × ')} places, but TensorFlow.js infers ${inferred.join(' × ')}; give the model as layer configs or a model.json, where Lockstep infers the shape.`,
  );
}
