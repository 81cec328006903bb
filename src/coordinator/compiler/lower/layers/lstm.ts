import { z } from 'zod';
import { activationNumber, fusedActivationNamed } from '../activation.js';
import { activation, withBiasInitializer } from '../arguments.js';
import type { Builder } from '../builder.js';
import type { LayerDescription } from '../description.js';
import type { GraphLowering } from '../layer.js';
import { type Cell, lowerRecurrent, recurrentArguments } from '../recurrence.js';

/** Long short-term memory; from a zero state, or from an output and a cell that it is given. */
export const lstm: GraphLowering = {
  type: 'LSTM',
  mask: 'own',
  arguments: { ...recurrentArguments, recurrentActivation: activation, unitForgetBias: z.boolean().optional() },

  initializers({ unitForgetBias, ...config }) {
    const { biasInitializer: base } = config;
    const biasInitializer = unitForgetBias === false ? base : { className: 'UnitForgetBias', config: { base } };
    return withBiasInitializer({ ...config, biasInitializer }, config.kernelInitializer, config.recurrentInitializer);
  },

  lowerCall: (layer, inputs, to) => lowerRecurrent(layer, inputs, to, cellOf(layer, to)),
};

const cellOf = (layer: LayerDescription, to: Builder): Cell => ({
  gates: 4,
  recur: ({ z, u, state, c0, shape, buffer, multiplied }) => {
    const { steps, units } = shape;
    const c = buffer('cells', steps * units);
    const recurrentActivation = activationNumber(fusedActivationNamed(layer, 'recurrentActivation'));
    const gated = { ...shape, recurrentActivation };
    to.emit({ kernel: 'lstmForward', args: { z, u, c0, c, ...state, ...gated } });
    const backward: ReturnType<Cell['recur']>['backward'] = (gradients, initial) => {
      to.emitBackward({
        kernel: 'lstmBackward',
        args: { gates: z, c0, c, u, ...gradients, ...initial, dz: z, ...gated },
      });
      const product = { inner: steps, inputs: units, units: 4 * units };
      if (layer.trained) {
        to.emitBackward({ kernel: 'denseWeightGradient', args: { x: multiplied(), dy: z, w: u, b: -1, ...product } });
      }
      return z;
    };
    return { c, backward };
  },
});
