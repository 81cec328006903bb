import type { ActivationName } from '../../../shared/kernels/activations.js';
import { activationNumber, emitActivationBackward } from './activation.js';
import type { Builder, Value } from './builder.js';
import { type LayerDescription, sizeOf } from './description.js';
import { lowerStridedCopy } from './strided.js';
import { type WindowGeometry, windowGeometry } from './windows.js';

/** Offsets of the filters and the bias (−1 for none) of a convolution channel by channel. */
export interface DepthwiseWeights {
  readonly w: number;
  readonly b: number;
}

/**
 * y = activation(x ⋆ w + b), every channel by filters of its own: `depthMultiplier` of them, for which each channel is
 * repeated as often.
 */
export function lowerDepthwise(
  layer: LayerDescription,
  input: Value,
  { w, b }: DepthwiseWeights,
  name: ActivationName,
  to: Builder,
): Value {
  const [, , , multiplier] = layer.weights[0].shape;
  const x = repeatChannels(layer, input, multiplier, to);
  const windows = { ...windowGeometry(layer, layer.config.kernelSize), channels: x.shape[2] };
  return emitDepthwise(layer, x, { w, b }, windows, name, to);
}

/** y = activation(x ⋆ w + b), every channel by a filter of its own. */
export function emitDepthwise(
  layer: LayerDescription,
  x: Value,
  { w, b }: DepthwiseWeights,
  windows: WindowGeometry,
  name: ActivationName,
  to: Builder,
): Value {
  const shape = [windows.outHeight, windows.outWidth, windows.channels];
  const y = to.buffer(`${layer.name} depthwise output`, sizeOf(shape));
  const activation = activationNumber(name);
  to.emit({ kernel: 'depthwiseConv2dForward', args: { x: x.buffer, w, b, y, ...windows, activation } });
  to.onBackward((dy) => {
    emitActivationBackward(to, name, y, dy, sizeOf(shape));
    if (layer.trained)
      to.emitBackward({ kernel: 'depthwiseConv2dWeightGradient', args: { x: x.buffer, dy, w, b, ...windows } });
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer.name} depthwise input gradient`, sizeOf(x.shape));
    to.emitBackward({
      kernel: 'depthwiseConv2dInputGradient',
      args: { dy, w, x: x.buffer, dx, ...windows, activation: activationNumber('linear') },
    });
    return dx;
  });
  return { buffer: y, shape, trained: x.trained || layer.trained };
}

/** (H, W, C) → (H, W, C · times): channel c fills the places c · times and following. */
function repeatChannels(layer: LayerDescription, x: Value, times: number, to: Builder): Value {
  if (times === 1) return x;
  const [height, width, channels] = x.shape;
  const size = sizeOf(x.shape);
  const axes = [
    { length: size, stride: 1 },
    { length: times, stride: 0 },
  ];
  const outputShape = [height, width, channels * times];
  const repeating = { ...layer, name: `${layer.name} repeated`, inputShape: x.shape, outputShape };
  return lowerStridedCopy(repeating, x, { size, axes }, to);
}
