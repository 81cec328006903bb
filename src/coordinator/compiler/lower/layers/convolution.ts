import { z } from 'zod';
import { userError } from '../../../../shared/errors.js';
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
import { lowerGrouped } from '../grouped.js';
import type { LayerLowering } from '../layer.js';
import { imageShape, windowGeometry } from '../windows.js';

const common = {
  filters: positive,
  groups: positive.optional(),
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
  if (Number(layer.config.groups ?? 1) > 1) return lowerInGroups(layer, x, to);
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

/** A sequence is an image of height 1. */
function lowerInGroups(layer: LayerDescription, x: Value, to: Builder): Value {
  const { groups, filters, useBias } = layer.config;
  const channels = layer.inputShape[layer.inputShape.length - 1];
  if (channels % Number(groups) !== 0 || Number(filters) % Number(groups) !== 0) {
    throw userError(
      'INVALID_LAYER_ARGUMENT',
      `Layer ${layer.name} (${layer.type}) has groups ${groups} for ${channels} channels and ${filters} filters; give a number that divides both.`,
    );
  }
  const weights = { w: to.parameter(layer, 0), b: useBias === false ? -1 : to.parameter(layer, 1) };
  const image = { ...x, shape: imageShape(x.shape) };
  const output = lowerGrouped(layer, image, weights, fusedActivation(layer), to);
  return lowerRemainingActivation(layer, { ...output, shape: layer.outputShape }, to);
}
