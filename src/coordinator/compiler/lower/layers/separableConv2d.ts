import { fusedActivation, lowerRemainingActivation } from '../activation.js';
import { lowerAffine } from '../affine.js';
import { initializer, positive, withBiasInitializer } from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import { lowerDepthwise } from '../depthwise.js';
import type { LayerDescription } from '../description.js';
import type { SingleLowering } from '../layer.js';
import { lowerAsImage, sequenceWindows } from '../sequences.js';
import { depthwiseConv2d } from './depthwiseConv2d.js';

/** A convolution channel by channel, then a dense layer over the channels of each pixel, which has bias and activation. */
export const separableConv2d: SingleLowering = {
  type: 'SeparableConv2D',
  arguments: { filters: positive, pointwiseInitializer: initializer, ...depthwiseConv2d.arguments },

  initializers: (config) => withBiasInitializer(config, config.depthwiseInitializer, config.pointwiseInitializer),

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const filtered = lowerDepthwise(layer, x, { w: to.parameter(layer, 0), b: -1 }, 'linear', to);
    const affine = {
      w: to.parameter(layer, 1),
      b: layer.config.useBias === false ? -1 : to.parameter(layer, 2),
      units: layer.outputShape[2],
      activation: fusedActivation(layer),
      trained: layer.trained,
    };
    const { y, backward } = lowerAffine(layer.name, filtered, affine, to);
    to.onBackward(backward);
    const output = { buffer: y, shape: layer.outputShape, trained: filtered.trained || layer.trained };
    return lowerRemainingActivation(layer, output, to);
  },
};

/** The same over sequences. */
export const separableConv1d: SingleLowering = {
  ...separableConv2d,
  type: 'SeparableConv1D',
  arguments: { ...separableConv2d.arguments, ...sequenceWindows },
  lower: (layer, x, to, find) => lowerAsImage(separableConv2d, layer, x, to, find),
};
