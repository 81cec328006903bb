import { userError } from '../../shared/errors.js';
import type { LayerDescription } from './description.js';

/** The geometry of a layer that slides windows over NHWC images, as its kernels take it. */
export interface WindowGeometry {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly windowHeight: number;
  readonly windowWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

/** Reads a layer's windows: `window` is its kernel or pool size. */
export function windowGeometry(layer: LayerDescription, window: unknown): WindowGeometry {
  requireChannelsLast(layer);
  const [height, width, channels] = layer.inputShape;
  const [outHeight, outWidth] = layer.outputShape;
  const [windowHeight, windowWidth] = pair(window);
  const [strideHeight, strideWidth] = pair(layer.config.strides ?? 1);
  const [dilationHeight, dilationWidth] = pair(layer.config.dilationRate ?? 1);
  const same = layer.config.padding === 'same';
  const padding = (input: number, output: number, size: number, stride: number, dilation: number): number =>
    same ? samePadding(input, output, (size - 1) * dilation + 1, stride) : 0;
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
    padTop: padding(height, outHeight, windowHeight, strideHeight, dilationHeight),
    padLeft: padding(width, outWidth, windowWidth, strideWidth, dilationWidth),
    outHeight,
    outWidth,
  };
}

/** Rows or columns of padding before the input, as TensorFlow places them: the smaller half comes first. */
function samePadding(input: number, output: number, reach: number, stride: number): number {
  return Math.floor(Math.max((output - 1) * stride + reach - input, 0) / 2);
}

function pair(value: unknown): [number, number] {
  const list = Array.isArray(value) ? (value as number[]) : [value as number];
  return [list[0], list[list.length - 1]];
}

function requireChannelsLast(layer: LayerDescription): void {
  if (layer.config.dataFormat === 'channelsFirst') {
    throw userError(
      'UNSUPPORTED_DATA_FORMAT',
      `Layer ${layer.name} has dataFormat channelsFirst; Lockstep computes on channelsLast images (height, width, channels), so leave dataFormat out.`,
    );
  }
}
