import { z } from 'zod';
import { activationNumber, emitActivationBackward, fusedActivation, lowerRemainingActivation } from '../activation.js';
import {
  activation,
  biasArguments,
  dataFormat,
  kernelArguments,
  padding,
  positive,
  positivePair,
  positiveSingle,
  withBiasInitializer,
} from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { windowGeometry } from '../windows.js';

const common = {
  filters: positive,
  groups: z.literal(1).optional(),
  dataFormat,
  activation,
  useBias: z.boolean().optional(),
  ...kernelArguments,
  ...biasArguments,
};

export const conv2d: LayerLowering = {
  type: 'Conv2D',
  arguments: {
    kernelSize: positivePair,
    strides: positivePair.optional(),
    dilationRate: positivePair.optional(),
    padding,
    ...common,
  },
  initializers: (config) => withBiasInitializer(config, config.kernelInitializer),
  lower: lowerConvolution,
};

/** A sequence is an image of height 1. */
export const conv1d: LayerLowering = {
  ...conv2d,
  type: 'Conv1D',
  arguments: {
    kernelSize: positiveSingle,
    strides: positiveSingle.optional(),
    dilationRate: positiveSingle.optional(),
    padding: z.enum(['valid', 'same', 'causal']).optional(),
    ...common,
  },
};

/** y = activation(x ⋆ kernel + bias): cross-correlation over channels-last images. */
function lowerConvolution(layer: LayerDescription, x: Value, to: Builder): Value {
  const windows = { ...windowGeometry(layer, layer.config.kernelSize), filters: Number(layer.config.filters) };
  const w = to.parameter(layer, 0);
  const b = layer.config.useBias === false ? -1 : to.parameter(layer, 1);
  const name = fusedActivation(layer);
  const y = to.buffer(`${layer.name} output`, sizeOf(layer.outputShape));
  to.emit({
    kernel: 'conv2dForward',
    args: { x: x.buffer, w, b, y, ...windows, activation: activationNumber(name) },
  });
  to.onBackward((dy) => {
    emitActivationBackward(to, name, y, dy, sizeOf(layer.outputShape));
    if (layer.trained) to.emitBackward({ kernel: 'conv2dWeightGradient', args: { x: x.buffer, dy, w, b, ...windows } });
    if (!x.trained) return -1;
    const dx = to.buffer(`${layer.name} input gradient`, sizeOf(layer.inputShape));
    to.emitBackward({
      kernel: 'conv2dInputGradient',
      args: { dy, w, x: x.buffer, dx, ...windows, activation: activationNumber('linear') },
    });
    return dx;
  });
  const output = { buffer: y, shape: layer.outputShape, trained: x.trained || layer.trained };
  return lowerRemainingActivation(layer, output, to);
}
