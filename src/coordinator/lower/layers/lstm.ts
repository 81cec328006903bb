import { z } from 'zod';
import { activationNumber, fusedActivationNamed } from '../activation.js';
import { activation } from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import type { LayerDescription } from '../description.js';
import type { LayerLowering } from '../layer.js';
import { lowerRecurrent, recurrentArguments } from '../recurrence.js';

/** Long short-term memory from a zero state. */
export const lstm: LayerLowering = {
  type: 'LSTM',
  mask: 'own',
  arguments: { ...recurrentArguments, recurrentActivation: activation, unitForgetBias: z.boolean().optional() },

  initializers: ({ kernelInitializer, recurrentInitializer, biasInitializer, unitForgetBias }) => [
    kernelInitializer,
    recurrentInitializer,
    unitForgetBias === false ? biasInitializer : { className: 'UnitForgetBias', config: { base: biasInitializer } },
  ],

  lower: (layer: LayerDescription, x: Value, to: Builder): Value =>
    lowerRecurrent(layer, x, to, 4, ({ z, u, state, shape, buffer }) => {
      const { steps, units } = shape;
      const c = buffer('cells', steps * units);
      const recurrentActivation = activationNumber(fusedActivationNamed(layer, 'recurrentActivation'));
      const gated = { ...shape, recurrentActivation };
      to.emit({ kernel: 'lstmForward', args: { z, u, c, ...state, ...gated } });
      return (gradients) => {
        to.emitBackward({ kernel: 'lstmBackward', args: { gates: z, c, u, ...gradients, dz: z, ...gated } });
        const product = { inner: steps, inputs: units, units: 4 * units };
        const args = { x: state.previous, dy: z, w: u, b: -1, ...product };
        if (layer.trained) to.emitBackward({ kernel: 'denseWeightGradient', args });
        return z;
      };
    }),
};
