import type { Builder, Value } from '../builder.js';
import type { LayerDescription } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { lowerRecurrent, recurrentArguments } from '../recurrence.js';

/** h_t = activation(x_t·kernel + h_{t−1}·recurrent kernel + bias) from a zero state. */
export const simpleRnn: LayerLowering = {
  type: 'SimpleRNN',
  mask: 'own',
  arguments: recurrentArguments,

  initializers: ({ kernelInitializer, recurrentInitializer, biasInitializer }) => [
    kernelInitializer,
    recurrentInitializer,
    biasInitializer,
  ],

  lower: (layer: LayerDescription, x: Value, to: Builder): Value =>
    lowerRecurrent(layer, x, to, 1, ({ z, u, state, shape }) => {
      const { steps, units } = shape;
      to.emit({ kernel: 'simpleRnnForward', args: { z, u, ...state, ...shape } });
      return (gradients) => {
        const args = { h: state.h, u, ...gradients, dz: z, ...shape };
        to.emitBackward({ kernel: 'simpleRnnBackward', args });
        const product = { x: state.previous, dy: z, w: u, b: -1, inner: steps, inputs: units, units };
        if (layer.trained) to.emitBackward({ kernel: 'denseWeightGradient', args: product });
        return z;
      };
    }),
};
