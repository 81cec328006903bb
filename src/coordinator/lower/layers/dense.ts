import { z } from 'zod';
import { activationNumber, emitActivationBackward, fusedActivation, lowerRemainingActivation } from '../activation.js';
import { activation, biasArguments, kernelArguments, positive } from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';

/** y = activation(x·kernel + bias) over the last axis. */
export const dense: LayerLowering = {
  type: 'Dense',
  mask: 'passes',
  arguments: { units: positive, activation, useBias: z.boolean().optional(), ...kernelArguments, ...biasArguments },

  initializers: ({ kernelInitializer, biasInitializer }) => [kernelInitializer, biasInitializer],

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const units = layer.outputShape[layer.outputShape.length - 1];
    const inputs = layer.inputShape[layer.inputShape.length - 1];
    const inner = sizeOf(layer.inputShape) / inputs;
    const w = to.parameter(layer, 0);
    const b = layer.config.useBias === false ? -1 : to.parameter(layer, 1);
    const name = fusedActivation(layer);
    const y = to.buffer(`${layer.name} output`, inner * units);
    const sizes = { inner, inputs, units };
    to.emit({
      kernel: 'denseForward',
      args: { x: x.buffer, w, b, y, ...sizes, activation: activationNumber(name) },
    });
    to.onBackward((dy) => {
      emitActivationBackward(to, name, y, dy, inner * units);
      if (layer.trained) to.emitBackward({ kernel: 'denseWeightGradient', args: { x: x.buffer, dy, w, b, ...sizes } });
      if (!x.trained) return -1;
      const dx = to.buffer(`${layer.name} input gradient`, inner * inputs);
      to.emitBackward({
        kernel: 'denseInputGradient',
        args: { dy, w, x: x.buffer, dx, ...sizes, activation: activationNumber('linear') },
      });
      return dx;
    });
    const output = { buffer: y, shape: layer.outputShape, trained: x.trained || layer.trained };
    return lowerRemainingActivation(layer, output, to);
  },
};
