import { z } from 'zod';
import { userError } from '../../shared/errors.js';
import { activationNumber, fusedActivationNamed } from './activation.js';
import { activation, biasArguments, initializer, kernelArguments, positive } from './arguments.js';
import type { Builder, Value } from './builder.js';
import { type LayerDescription, sizeOf } from './description.js';
import { lowerChannelDropout } from './layers/dropout.js';

/** Arguments that all recurrent layers share. */
export const recurrentArguments = {
  units: positive,
  activation,
  useBias: z.boolean().optional(),
  returnSequences: z.boolean().optional(),
  goBackwards: z.boolean().optional(),
  recurrentInitializer: initializer,
  dropout: z.number().min(0).lt(1).optional(),
  recurrentDropout: z.number().min(0).lt(1).optional(),
  returnState: z.boolean().optional(),
  stateful: z.boolean().optional(),
  ...kernelArguments,
  ...biasArguments,
};

/** A recurrent layer as its cell sees it: what the kernels of all cells are given. */
export interface Recurrence {
  /** The products of all time steps with the input, `gates` · units a step; the cell's kernel may change them. */
  readonly z: number;
  /** Offset of the recurrent weights. */
  readonly u: number;
  /** Offset of the bias, −1 for none. */
  readonly b: number;
  /** Outputs of all time steps, those of the step before, and the final one. */
  readonly state: { readonly h: number; readonly previous: number; readonly last: number };
  readonly shape: {
    readonly steps: number;
    readonly units: number;
    readonly activation: number;
    readonly reversed: number;
    readonly mask: number;
  };
  /** A buffer of the layer's own. */
  readonly buffer: (name: string, size: number) => number;
}

/** Gradients of the outputs of all time steps and of the final one; −1 for none. */
export interface OutputGradients {
  readonly dh: number;
  readonly dLast: number;
}

/** Emits the backward calls of the recurrence and of its own weights; returns the gradient of `z`. */
export type RecurrenceBackward = (gradients: OutputGradients) => number;

/**
 * Lowers a recurrent layer: the input products of all time steps are one dense kernel, and so are the gradients of each
 * weight matrix; only the recurrence itself, which `recur` emits, walks through time.
 */
export function lowerRecurrent(
  layer: LayerDescription,
  given: Value,
  to: Builder,
  gates: number,
  recur: (recurrence: Recurrence) => RecurrenceBackward,
): Value {
  requireStateless(layer);
  const x = withInputDropout(layer, given, to);
  const [steps, inputs] = layer.inputShape;
  const units = layer.config.units as number;
  const [w, u] = [to.parameter(layer, 0), to.parameter(layer, 1)];
  const b = layer.config.useBias === false ? -1 : to.parameter(layer, 2);
  const buffer = (name: string, size: number): number => to.buffer(`${layer.name} ${name}`, size);
  const product = { inner: steps, inputs, units: gates * units };
  const linear = activationNumber('linear');
  const z = buffer('gates', gates * steps * units);
  to.emit({ kernel: 'denseForward', args: { x: x.buffer, w, b, y: z, ...product, activation: linear } });
  const state = {
    h: buffer('outputs', steps * units),
    previous: buffer('previous outputs', steps * units),
    last: buffer('last output', units),
  };
  const reversed = layer.config.goBackwards === true ? 1 : 0;
  const shape = {
    steps,
    units,
    activation: activationNumber(fusedActivationNamed(layer, 'activation')),
    reversed,
    mask: x.mask ?? -1,
  };
  const backward = recur({ z, u, b, state, shape, buffer });
  const sequences = layer.config.returnSequences === true;
  to.onBackward((dy) => {
    const dz = backward(sequences ? { dh: dy, dLast: -1 } : { dh: -1, dLast: dy });
    if (layer.trained)
      to.emitBackward({ kernel: 'denseWeightGradient', args: { x: x.buffer, dy: dz, w, b, ...product } });
    if (!x.trained) return -1;
    const dx = buffer('input gradient', sizeOf(layer.inputShape));
    const args = { dy: dz, w, x: x.buffer, dx, ...product, activation: linear };
    to.emitBackward({ kernel: 'denseInputGradient', args });
    return dx;
  });
  const trained = x.trained || layer.trained;
  if (!sequences) return { buffer: state.last, shape: layer.outputShape, trained };
  const mask = x.mask === undefined ? {} : { mask: x.mask };
  return inStepOrder(layer, { buffer: state.h, shape: layer.outputShape, trained, ...mask }, to);
}

/**
 * Sequences come out in the order in which the steps were taken: last first where the layer goes backwards. A mask stays
 * as it is even then, as in Keras.
 */
function inStepOrder(layer: LayerDescription, h: Value, to: Builder): Value {
  if (layer.config.goBackwards !== true || layer.config.keepsTimeOrder === true) return h;
  const [steps, size] = h.shape;
  const reverse = (x: number, y: number) => ({ kernel: 'reverseSteps', args: { x, y, steps, size } }) as const;
  const y = to.buffer(`${layer.name} reversed outputs`, steps * size);
  to.emit(reverse(h.buffer, y));
  to.onBackward((dy) => {
    const dh = to.buffer(`${layer.name} reversed output gradient`, steps * size);
    to.emitBackward(reverse(dy, dh));
    return dh;
  });
  return { ...h, buffer: y };
}

/** A feature of a row is dropped at all time steps or at none, as Keras keeps its mask. */
function withInputDropout(layer: LayerDescription, x: Value, to: Builder): Value {
  const rate = (layer.config.dropout as number | undefined) ?? 0;
  if (rate === 0) return x;
  return lowerChannelDropout({ ...layer, name: `${layer.name} dropout`, config: { rate } }, x, to);
}

/** Refuses what the recurrence does not do. */
function requireStateless({ name, config }: LayerDescription): void {
  const argument = ['recurrentDropout', 'stateful', 'returnState'].find((name) => config[name]);
  if (argument === undefined) return;
  throw userError(
    'UNSUPPORTED_ARGUMENT',
    `Layer ${name} has ${argument}, which does not lower to kernels; leave it out.`,
  );
}
