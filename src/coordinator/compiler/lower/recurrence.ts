import { z } from 'zod';
import { userError } from '../../../shared/errors.js';
import { activationNumber, fusedActivationNamed } from './activation.js';
import { activation, biasArguments, initializer, kernelArguments, positive } from './arguments.js';
import type { Builder, Value } from './builder.js';
import { type LayerDescription, sizeOf } from './description.js';
import { lowerChannelDropout } from './layers/dropout.js';

const STATEFUL_ADVICE =
  'row i of a batch would have to go on from row i of the batch before, but batches are shuffled and divided into shards; leave stateful out, and give longer sequences, or initial states as inputs';

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
  stateful: z.literal(false, { error: STATEFUL_ADVICE }).optional(),
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
  /** The initial output (−1 for zeros), outputs of all time steps, those of the step before, and the final one. */
  readonly state: { readonly h0: number; readonly h: number; readonly previous: number; readonly last: number };
  /** The initial cell, where the cell has one beside its output; −1 for zeros. */
  readonly c0: number;
  readonly shape: {
    readonly steps: number;
    readonly units: number;
    readonly activation: number;
    readonly reversed: number;
    readonly mask: number;
    readonly keep: number;
  };
  /** A buffer of the layer's own. */
  readonly buffer: (name: string, size: number) => number;
  /** Emits, once, what the recurrent weights were multiplied with: the outputs one step before, as far as they were kept. */
  readonly multiplied: () => number;
}

/** Gradients of the outputs of all time steps, of the final one and of the final cell; −1 for none. */
export interface OutputGradients {
  readonly dh: number;
  readonly dLast: number;
  readonly dcLast: number;
}

/** Where the gradients of the initial states are wanted; −1 where they are not. */
export interface InitialGradients {
  readonly dh0: number;
  readonly dc0: number;
}

/** A cell that has been lowered forward. */
export interface LoweredCell {
  /** The cells of all time steps, where the cell has them beside its output. */
  readonly c?: number;
  /** Emits the backward calls of the recurrence and of its own weights; returns the gradient of `z`. */
  readonly backward: (gradients: OutputGradients, initial: InitialGradients) => number;
}

/** A kind of recurrent layer: the gates of its cell, and what emits the recurrence alone. */
export interface Cell {
  readonly gates: number;
  readonly recur: (recurrence: Recurrence) => LoweredCell;
}

/**
 * Lowers a recurrent layer: the input products of all time steps are one dense kernel, and so are the gradients of each
 * weight matrix; only the recurrence itself walks through time. Inputs behind the first are the initial states; outputs
 * behind the first, where `returnState`, the final ones.
 */
export function lowerRecurrent(
  layer: LayerDescription,
  [given, ...initial]: readonly Value[],
  to: Builder,
  { gates, recur }: Cell,
): readonly Value[] {
  requireStateless(layer);
  const { value: x, backward: dropBackward } = to.part(() => withInputDropout(layer, given, to));
  const [steps, inputs] = layer.inputShape;
  const units = layer.config.units as number;
  const [w, u] = [to.parameter(layer, 0), to.parameter(layer, 1)];
  const b = layer.config.useBias === false ? -1 : to.parameter(layer, 2);
  const buffer = (name: string, size: number): number => to.buffer(`${layer.name} ${name}`, size);
  const product = { inner: steps, inputs, units: gates * units };
  const linear = activationNumber('linear');
  const z = buffer('gates', gates * steps * units);
  to.emit({ kernel: 'denseForward', args: { x: x.buffer, w, b, y: z, ...product, activation: linear } });
  const [h0 = -1, c0 = -1] = initial.map((state) => state.buffer);
  const h = buffer('outputs', steps * units);
  const state = { h0, h, previous: buffer('previous outputs', steps * units), last: buffer('last output', units) };
  const dropout = lowerRecurrentDropout(layer, { steps, units, previous: state.previous }, to);
  const shape = {
    steps,
    units,
    activation: activationNumber(fusedActivationNamed(layer, 'activation')),
    reversed: layer.config.goBackwards === true ? 1 : 0,
    mask: x.mask ?? -1,
    keep: dropout.keep,
  };
  const cell = recur({ z, u, b, state, c0, shape, buffer, multiplied: dropout.multiplied });
  const trained = layer.trained || [x, ...initial].some((value) => value.trained);
  const sequences = layer.config.returnSequences === true;
  const all = to.part(() => inStepOrder(layer, { buffer: h, shape: [steps, units], trained }, to));
  const stateValue = (buffer: number): Value => ({ buffer, shape: [units], trained });
  to.onCallBackward(([dy, dState = -1, dcLast = -1]) => {
    const gradients = sequences
      ? { dh: dy < 0 ? -1 : all.backward(dy), dLast: dState, dcLast }
      : { dh: -1, dLast: sumOf(dy, dState, units, to), dcLast };
    const gradientOf = (name: string, value: Value | undefined) => (value?.trained ? buffer(name, units) : -1);
    const dh0 = gradientOf('initial output gradient', initial[0]);
    const dc0 = gradientOf('initial cell gradient', initial[1]);
    const dz = cell.backward(gradients, { dh0, dc0 });
    if (layer.trained)
      to.emitBackward({ kernel: 'denseWeightGradient', args: { x: x.buffer, dy: dz, w, b, ...product } });
    const states = [dh0, dc0].slice(0, initial.length);
    if (!x.trained) return [-1, ...states];
    const dx = buffer('input gradient', sizeOf(layer.inputShape));
    const args = { dy: dz, w, x: x.buffer, dx, ...product, activation: linear };
    to.emitBackward({ kernel: 'denseInputGradient', args });
    return [dropBackward(dx), ...states];
  });
  const y = sequences ? { ...all.value, ...(x.mask !== undefined && { mask: x.mask }) } : stateValue(state.last);
  if (layer.config.returnState !== true) return [y];
  const last = [state.last, ...(cell.c === undefined ? [] : [lastOf(layer, cell.c, shape, to)])];
  return [y, ...last.map(stateValue)];
}

/** The cell after the last step that is taken. */
function lastOf({ name }: LayerDescription, c: number, shape: Recurrence['shape'], to: Builder): number {
  const { steps, units, reversed } = shape;
  const y = to.buffer(`${name} last cell`, units);
  const from = { x: c, xStride: steps * units, xStart: reversed ? 0 : (steps - 1) * units };
  to.emit({ kernel: 'copyBlocks', args: { ...from, y, yStride: units, yStart: 0, blocks: 1, size: units } });
  return y;
}

/** The sum of two gradients, in the buffer of the first; −1 stands for none. */
function sumOf(a: number, b: number, size: number, to: Builder): number {
  if (a < 0 || b < 0) return Math.max(a, b);
  to.emitBackward({ kernel: 'combine', args: { a, b, y: a, size, alpha: 1, beta: 1 } });
  return a;
}

/**
 * Sequences come out in the order in which the steps were taken: last first where the layer goes backwards. A mask stays
 * as it is even then, as in Keras.
 */
function inStepOrder(layer: LayerDescription, h: Value, to: Builder): Value {
  const { returnSequences, goBackwards, keepsTimeOrder } = layer.config;
  if (returnSequences !== true || goBackwards !== true || keepsTimeOrder === true) return h;
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
  const rate = Number(layer.config.dropout ?? 0);
  if (rate === 0) return x;
  return lowerChannelDropout({ ...layer, name: `${layer.name} dropout`, config: { rate } }, x, to);
}

/**
 * Dropout of the state in its product with the recurrent weights, one draw a unit for all time steps and all gates: Gal
 * and Ghahramani, "A theoretically grounded application of dropout in recurrent neural networks", 2016.
 */
function lowerRecurrentDropout(
  { name, config }: LayerDescription,
  { steps, units, previous }: { readonly steps: number; readonly units: number; readonly previous: number },
  to: Builder,
): { readonly keep: number; readonly multiplied: () => number } {
  const rate = Number(config.recurrentDropout ?? 0);
  const number = rate === 0 ? 0 : to.nextLayerNumber();
  if (rate === 0 || !to.training) return { keep: -1, multiplied: () => previous };
  const shared = { draws: units, inner: 1, rate, scale: 1 / (1 - rate), shift: 0, dropped: 0, layer: number };
  const keep = to.buffer(`${name} kept`, units);
  to.emit({ kernel: 'dropout', args: { x: -1, y: keep, outer: 1, ...shared } });
  const multiplied = (): number => {
    to.emitBackward({ kernel: 'dropout', args: { x: previous, y: previous, outer: steps, ...shared } });
    return previous;
  };
  return { keep, multiplied };
}

/** Refuses state that is carried from batch to batch. */
function requireStateless({ name, config }: LayerDescription): void {
  if (config.stateful === true) throw statefulRefusal(name);
}

/** Why no layer may keep its state from batch to batch. */
export function statefulRefusal(name: string): Error {
  return userError('STATEFUL_LAYER', `Layer ${name} is stateful: ${STATEFUL_ADVICE}.`);
}
