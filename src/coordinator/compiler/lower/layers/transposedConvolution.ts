import { z } from 'zod';
import { activationNumber } from '../activation.js';
import { withBiasInitializer } from '../arguments.js';
import { lowerBias } from '../bias.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { SingleLowering } from '../layer.js';
import { lowerAsImage, sequenceWindows } from '../sequences.js';
import { transposedGeometry } from '../windows.js';
import { conv2d } from './convolution.js';

const { groups: _, ...convolutionArguments } = conv2d.arguments;
const count = z.int().nonnegative();

/** How much longer the output is than it had to be: one number for all axes, or one for each; null for Keras's choice. */
export const outputPadding = z
  .union([count, z.array(count).min(1).max(3)])
  .nullable()
  .optional();

/**
 * y = activation(convᵀ(x, kernel) + bias): the convolution that leads from y to x, turned round. Its input gradient is
 * this layer's forward pass, its forward pass this layer's input gradient, and in its weight gradient x and dy change
 * places; the kernel (KH, KW, filters, channels) has the same order in both.
 */
export const conv2dTranspose: SingleLowering = {
  type: 'Conv2DTranspose',
  arguments: { ...convolutionArguments, outputPadding },
  initializers: (config) => withBiasInitializer(config, config.kernelInitializer),

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    const windows = { ...transposedGeometry(layer, layer.config.kernelSize), filters: layer.inputShape[2] };
    const w = to.parameter(layer, 0);
    const b = layer.config.useBias === false ? -1 : to.parameter(layer, 1);
    const activation = activationNumber('linear');
    const y = to.buffer(`${layer.name} output`, sizeOf(layer.outputShape));
    to.emit({ kernel: 'conv2dInputGradient', args: { dy: x.buffer, w, x: y, dx: y, ...windows, activation } });
    to.onBackward((dy) => {
      if (layer.trained)
        to.emitBackward({ kernel: 'conv2dWeightGradient', args: { x: dy, dy: x.buffer, w, b: -1, ...windows } });
      if (!x.trained) return -1;
      const dx = to.buffer(`${layer.name} input gradient`, sizeOf(layer.inputShape));
      to.emitBackward({ kernel: 'conv2dForward', args: { x: dy, w, b: -1, y: dx, ...windows, activation } });
      return dx;
    });
    const product = { buffer: y, shape: layer.outputShape, trained: x.trained || layer.trained };
    return lowerBias(layer, product, b, to);
  },
};

/** The same over sequences. */
export const conv1dTranspose: SingleLowering = {
  ...conv2dTranspose,
  type: 'Conv1DTranspose',
  arguments: { ...conv2dTranspose.arguments, ...sequenceWindows },
  lower: (layer, x, to, find) => lowerAsImage(conv2dTranspose, layer, x, to, find),
};
