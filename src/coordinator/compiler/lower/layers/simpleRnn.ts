import { withBiasInitializer } from '../arguments.js';
import type { Builder } from '../builder.js';
import type { LayerDescription } from '../description.js';
import type { GraphLowering } from '../layer.js';
import { type Cell, lowerRecurrent, recurrentArguments } from '../recurrence.js';

/** h_t = activation(x_t·kernel + h_{t−1}·recurrent kernel + bias), from a zero state or from one that it is given. */
export const simpleRnn: GraphLowering = {
  type: 'SimpleRNN',
  mask: 'own',
  arguments: recurrentArguments,

  initializers: (config) => withBiasInitializer(config, config.kernelInitializer, config.recurrentInitializer),

  lowerCall: (layer, inputs, to) => lowerRecurrent(layer, inputs, to, cellOf(layer, to)),
};

const cellOf = ({ trained }: LayerDescription, to: Builder): Cell => ({
  gates: 1,
  recur: ({ z, u, state, shape, multiplied }) => {
    const { steps, units } = shape;
    to.emit({ kernel: 'simpleRnnForward', args: { z, u, ...state, ...shape } });
    const backward: ReturnType<Cell['recur']>['backward'] = ({ dh, dLast }, { dh0 }) => {
      to.emitBackward({ kernel: 'simpleRnnBackward', args: { h: state.h, u, dh, dLast, dh0, dz: z, ...shape } });
      const product = { dy: z, w: u, b: -1, inner: steps, inputs: units, units };
      if (trained) to.emitBackward({ kernel: 'denseWeightGradient', args: { x: multiplied(), ...product } });
      return z;
    };
    return { backward };
  },
});
