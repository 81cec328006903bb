import { z } from 'zod';
import { fusedActivation, lowerRemainingActivation } from '../activation.js';
import {
  activation,
  biasArguments,
  dataFormat,
  depthwiseArguments,
  padding,
  positive,
  positivePair,
  withBiasInitializer,
} from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import { lowerDepthwise } from '../depthwise.js';
import type { LayerDescription } from '../description.js';
import type { SingleLowering } from '../layer.js';
import { lowerAsImage, sequenceWindows } from '../sequences.js';

/** y = activation(x ⋆ kernel + bias), every channel by filters of its own. */
export const depthwiseConv2d: SingleLowering = {
  type: 'DepthwiseConv2D',
  arguments: {
    kernelSize: positivePair,
    strides: positivePair.optional(),
    dilationRate: positivePair.optional(),
    depthMultiplier: positive.optional(),
    padding,
    dataFormat,
    activation,
    useBias: z.boolean().optional(),
    ...depthwiseArguments,
    ...biasArguments,
  },

  initializers: (config) => withBiasInitializer(config, config.depthwiseInitializer),

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const w = to.parameter(layer, 0);
    const b = layer.config.useBias === false ? -1 : to.parameter(layer, 1);
    const output = lowerDepthwise(layer, x, { w, b }, fusedActivation(layer), to);
    return lowerRemainingActivation(layer, output, to);
  },
};

/** The same over sequences. */
export const depthwiseConv1d: SingleLowering = {
  ...depthwiseConv2d,
  type: 'DepthwiseConv1D',
  arguments: { ...depthwiseConv2d.arguments, ...sequenceWindows },
  lower: (layer, x, to, find) => lowerAsImage(depthwiseConv2d, layer, x, to, find),
};
