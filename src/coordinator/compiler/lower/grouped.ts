import { userError } from '../../../shared/errors.js';
import type { ActivationName } from '../../../shared/kernels/activations.js';
import type { Builder, Value } from './builder.js';
import { type DepthwiseWeights, emitDepthwise } from './depthwise.js';
import { type LayerDescription, sizeOf } from './description.js';
import { lowerStridedCopy } from './strided.js';
import { windowGeometry } from './windows.js';

/**
 * A convolution whose channels and filters fall into groups: filter f reads the c channels of its group. With the channels of a pixel
 * laid out next to each other along the width, and each repeated for the filters that read it, that is a convolution filter by filter
 * whose windows are c times as wide; its weights (KH, KW, c, F) are the same in both.
 */
export function lowerGrouped(
  layer: LayerDescription,
  x: Value,
  weights: DepthwiseWeights,
  name: ActivationName,
  to: Builder,
): Value {
  const groups = Number(layer.config.groups);
  const filters = Number(layer.config.filters);
  const windows = windowGeometry(layer, layer.config.kernelSize);
  const own = windows.channels / groups;
  if (windows.dilationWidth > 1 && own > 1) throw dilatedRefusal(layer);
  const pixels = windows.height * windows.width;
  const spread = lowerStridedCopy(
    { name: `${layer.name} spread`, outputShape: [windows.height, windows.width * own, filters] },
    x,
    {
      size: sizeOf(x.shape),
      axes: [
        { length: pixels, stride: windows.channels },
        { length: own, stride: 1 },
        { length: groups, stride: own },
        { length: filters / groups, stride: 0 },
      ],
    },
    to,
  );
  const wide = {
    ...windows,
    channels: filters,
    width: windows.width * own,
    windowWidth: windows.windowWidth * own,
    strideWidth: windows.strideWidth * own,
    padLeft: windows.padLeft * own,
  };
  return emitDepthwise(layer, spread, weights, wide, name, to);
}

function dilatedRefusal({ name, type, config }: LayerDescription): Error {
  return userError(
    'UNSUPPORTED_ARGUMENT',
    `Layer ${name} (${type}) has groups ${config.groups} and dilationRate ${JSON.stringify(config.dilationRate)}; give one of the two, or as many groups as channels.`,
  );
}
