import { z } from 'zod';
import { activationNumber, fusedActivationNamed } from '../activation.js';
import { activation, withBiasInitializer } from '../arguments.js';
import type { Builder } from '../builder.js';
import type { LayerDescription } from '../description.js';
import type { GraphLowering } from '../layer.js';
import { type Cell, lowerRecurrent, type Recurrence, recurrentArguments } from '../recurrence.js';

/**
 * Gated recurrent unit, from a zero state or from one that it is given. With resetAfter the bias has two rows, for the products with the input and with
 * the state.
 */
export const gru: GraphLowering = {
  type: 'GRU',
  mask: 'own',
  arguments: { ...recurrentArguments, recurrentActivation: activation, resetAfter: z.boolean().optional() },

  initializers: (config) => withBiasInitializer(config, config.kernelInitializer, config.recurrentInitializer),

  lowerCall: (layer, inputs, to) => lowerRecurrent(layer, inputs, to, cellOf(layer, to)),
};

const cellOf = (layer: LayerDescription, to: Builder): Cell => ({
  gates: 3,
  recur: (recurrence) => {
    const { z, u, b, state, shape, buffer } = recurrence;
    const resetAfter = layer.config.resetAfter === true;
    const inner = buffer('reset state', shape.steps * shape.units);
    const gated = {
      ...shape,
      recurrentActivation: activationNumber(fusedActivationNamed(layer, 'recurrentActivation')),
      resetAfter: resetAfter ? 1 : 0,
    };
    const recurrentBias = resetAfter && b >= 0 ? b + 3 * shape.units : -1;
    to.emit({ kernel: 'gruForward', args: { z, u, b: recurrentBias, inner, ...state, ...gated } });
    const backward: ReturnType<Cell['recur']>['backward'] = ({ dh, dLast }, { dh0 }) => {
      const dInner = resetAfter ? buffer('recurrent product gradient', 3 * shape.steps * shape.units) : -1;
      const { previous } = state;
      const args = { gates: z, previous, inner, u, dh, dLast, dh0, dz: z, dInner, ...gated };
      to.emitBackward({ kernel: 'gruBackward', args });
      if (layer.trained && resetAfter) emitResetAfterGradient(recurrence, dInner, recurrentBias, to);
      if (layer.trained && !resetAfter) emitResetBeforeGradient(recurrence, inner, to);
      return z;
    };
    return { backward };
  },
});

/** One product: the state meets all gates alike. */
function emitResetAfterGradient({ u, shape, multiplied }: Recurrence, dInner: number, b: number, to: Builder): void {
  const { steps, units } = shape;
  const product = { inner: steps, inputs: units, units: 3 * units };
  to.emitBackward({ kernel: 'denseWeightGradient', args: { x: multiplied(), dy: dInner, w: u, b, ...product } });
}

/** The gates' columns come from the state, the candidate's from the state that the reset gate has scaled. */
function emitResetBeforeGradient({ z, u, shape, multiplied }: Recurrence, reset: number, to: Builder): void {
  const { steps, units } = shape;
  const product = { dy: z, w: u, inner: steps, inputs: units, units: 3 * units };
  to.emitBackward({
    kernel: 'denseColumnsGradient',
    args: { x: multiplied(), ...product, first: 0, columns: 2 * units },
  });
  to.emitBackward({ kernel: 'denseColumnsGradient', args: { x: reset, ...product, first: 2 * units, columns: units } });
}
