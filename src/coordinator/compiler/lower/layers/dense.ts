import { z } from 'zod';
import { fusedActivation, lowerRemainingActivation } from '../activation.js';
import { lowerAffine } from '../affine.js';
import { activation, biasArguments, kernelArguments, positive, withBiasInitializer } from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import type { LayerDescription } from '../description.js';
import type { LayerLowering } from '../layer.js';

/** y = activation(x·kernel + bias) over the last axis. */
export const dense: LayerLowering = {
  type: 'Dense',
  mask: 'passes',
  arguments: { units: positive, activation, useBias: z.boolean().optional(), ...kernelArguments, ...biasArguments },

  initializers: (config) => withBiasInitializer(config, config.kernelInitializer),

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const affine = {
      w: to.parameter(layer, 0),
      b: layer.config.useBias === false ? -1 : to.parameter(layer, 1),
      units: layer.outputShape[layer.outputShape.length - 1],
      activation: fusedActivation(layer),
      trained: layer.trained,
    };
    const { y, backward } = lowerAffine(layer.name, x, affine, to);
    to.onBackward(backward);
    const output = { buffer: y, shape: layer.outputShape, trained: x.trained || layer.trained };
    return lowerRemainingActivation(layer, output, to);
  },
};
