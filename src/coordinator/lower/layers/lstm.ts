import { z } from 'zod';
import { userError } from '../../../shared/errors.js';
import { activationNumber, fusedActivationNamed } from '../activation.js';
import { activation, biasArguments, initializer, kernelArguments, positive } from '../arguments.js';
import type { Builder, Value } from '../builder.js';
import { type LayerDescription, sizeOf } from '../description.js';
import type { LayerLowering } from '../layer.js';

/**
 * Long short-term memory from a zero state. The input products of all time steps are one dense kernel, and so are the
 * gradients of both weight matrices; only the recurrence itself walks through time.
 */
export const lstm: LayerLowering = {
  type: 'LSTM',
  arguments: {
    units: positive,
    activation,
    recurrentActivation: activation,
    useBias: z.boolean().optional(),
    unitForgetBias: z.boolean().optional(),
    returnSequences: z.boolean().optional(),
    goBackwards: z.boolean().optional(),
    recurrentInitializer: initializer,
    ...kernelArguments,
    ...biasArguments,
  },

  initializers: ({ kernelInitializer, recurrentInitializer, biasInitializer, unitForgetBias }) => [
    kernelInitializer,
    recurrentInitializer,
    unitForgetBias === false ? biasInitializer : { className: 'UnitForgetBias', config: { base: biasInitializer } },
  ],

  lower(layer: LayerDescription, x: Value, to: Builder): Value {
    requireStateless(layer);
    const [steps, inputs] = layer.inputShape;
    const units = layer.config.units as number;
    const [w, u] = [to.parameter(layer, 0), to.parameter(layer, 1)];
    const b = layer.config.useBias === false ? -1 : to.parameter(layer, 2);
    const buffer = (name: string, size: number): number => to.buffer(`${layer.name} ${name}`, size);
    const gates = buffer('gates', 4 * steps * units);
    const state = {
      h: buffer('outputs', steps * units),
      c: buffer('cells', steps * units),
      previous: buffer('previous outputs', steps * units),
      last: buffer('last output', units),
    };
    const recurrence = {
      steps,
      units,
      activation: activationNumber(fusedActivationNamed(layer, 'activation')),
      recurrentActivation: activationNumber(fusedActivationNamed(layer, 'recurrentActivation')),
      reversed: layer.config.goBackwards === true ? 1 : 0,
    };
    const inputProduct = { inner: steps, inputs, units: 4 * units };
    const linear = activationNumber('linear');
    to.emit({ kernel: 'denseForward', args: { x: x.buffer, w, b, y: gates, ...inputProduct, activation: linear } });
    to.emit({ kernel: 'lstmForward', args: { z: gates, u, ...state, ...recurrence } });
    const sequences = layer.config.returnSequences === true;
    to.onBackward((dy) => {
      const { c, previous } = state;
      const gradients = sequences ? { dh: dy, dLast: -1 } : { dh: -1, dLast: dy };
      to.emitBackward({ kernel: 'lstmBackward', args: { gates, c, u, ...gradients, dz: gates, ...recurrence } });
      const product = { inner: steps, inputs: units, units: 4 * units };
      if (layer.trained) {
        to.emitBackward({ kernel: 'denseWeightGradient', args: { x: x.buffer, dy: gates, w, b, ...inputProduct } });
        to.emitBackward({ kernel: 'denseWeightGradient', args: { x: previous, dy: gates, w: u, b: -1, ...product } });
      }
      if (!x.trained) return -1;
      const dx = buffer('input gradient', sizeOf(layer.inputShape));
      const args = { dy: gates, w, x: x.buffer, dx, ...inputProduct, activation: linear };
      to.emitBackward({ kernel: 'denseInputGradient', args });
      return dx;
    });
    return { buffer: sequences ? state.h : state.last, shape: layer.outputShape, trained: x.trained || layer.trained };
  },
};

/** Refuses what the recurrence does not do. */
function requireStateless({ name, config }: LayerDescription): void {
  const given = ['dropout', 'recurrentDropout', 'stateful', 'returnState'].find((argument) => config[argument]);
  const sequences =
    config.returnSequences === true && config.goBackwards === true ? 'goBackwards with returnSequences' : undefined;
  const unsupported = given ?? sequences;
  if (unsupported === undefined) return;
  throw userError(
    'UNSUPPORTED_ARGUMENT',
    `Layer ${name} has ${unsupported}, which does not lower to kernels; leave it out.`,
  );
}
