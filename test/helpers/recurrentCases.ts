import { activations } from '../../src/shared/kernels/activations.js';
import { type CaseBuffer, call, type KernelCase, uniform, unwritten, zeroOrOne } from './kernelCase.js';

/** Of which outputs a case has gradients. */
export type Wants = 'all' | 'last' | 'both';

/** How a case walks through time. */
export interface Walk {
  readonly reversed?: boolean;
  readonly masked?: boolean;
  readonly wants: Wants;
}

const [, , SIGMOID, TANH, HARD_SIGMOID] = activations.keys();
const SOFTPLUS = activations.indexOf('softplus');

const shapeOf = (steps: number, units: number, { reversed = false }: Walk, activation = TANH) => ({
  steps,
  units,
  activation,
  reversed: reversed ? 1 : 0,
});

const gatesOf = ({ reversed = false }: Walk) => ({ recurrentActivation: reversed ? HARD_SIGMOID : SIGMOID });

/** The outputs of a recurrence and their gradients, beside the input products of `gates` gates. */
const buffersOf = (steps: number, units: number, gates: number): Record<string, CaseBuffer> => ({
  z: uniform(gates * steps * units, -2, 2),
  h: unwritten(steps * units),
  previous: unwritten(steps * units),
  last: unwritten(units),
  dh: uniform(steps * units),
  dLast: uniform(units),
  mask: zeroOrOne(steps),
  dz: unwritten(gates * steps * units),
});

const describe = (name: string, steps: number, units: number, { reversed, masked, wants }: Walk): string =>
  `${name} of ${steps} steps, ${units} units${reversed ? ', reversed' : ''}${masked ? ', masked' : ''}, gradients of ${wants}`;

const gradientsOf = ({ wants }: Walk, dh: number, dLast: number) => ({
  dh: wants === 'last' ? -1 : dh,
  dLast: wants === 'all' ? -1 : dLast,
});

export function simpleRnnCase(steps: number, units: number, walk: Walk): KernelCase {
  const shape = shapeOf(steps, units, walk, walk.reversed ? SOFTPLUS : TANH);
  return {
    name: describe('simple recurrence', steps, units, walk),
    buffers: buffersOf(steps, units, 1),
    parameterLength: units * units,
    sumCount: 0,
    calls: ({ z, h, previous, last, dh, dLast, dz, mask }) => {
      const shared = { u: 0, mask: walk.masked ? mask : -1, ...shape };
      return [
        call('simpleRnnForward', { z, h, previous, last, ...shared }),
        call('simpleRnnBackward', { h, ...gradientsOf(walk, dh, dLast), dz, ...shared }),
      ];
    },
  };
}

export function gruCase(steps: number, units: number, resetAfter: number, walk: Walk, bias = true): KernelCase {
  const u = 16;
  const b = resetAfter && bias ? u + 3 * units * units : -1;
  const shape = { ...shapeOf(steps, units, walk), ...gatesOf(walk), resetAfter };
  return {
    name: `${describe('gru', steps, units, walk)}, reset ${resetAfter ? 'after' : 'before'}${bias ? '' : ', no bias'}`,
    buffers: {
      ...buffersOf(steps, units, 3),
      inner: unwritten(steps * units),
      ...(resetAfter ? { dInner: unwritten(3 * steps * units) } : {}),
    },
    parameterLength: u + 3 * units * units + 3 * units,
    sumCount: 0,
    calls: ({ z, h, previous, inner, last, dh, dLast, dz, dInner, mask }) => {
      const shared = { u, mask: walk.masked ? mask : -1, ...shape };
      const gradients = { ...gradientsOf(walk, dh, dLast), dz, dInner: resetAfter ? dInner : -1 };
      const product = { inner: steps, inputs: units, units: 3 * units, w: u };
      const ofWeights = resetAfter
        ? [call('denseWeightGradient', { x: previous, dy: dInner, b, ...product })]
        : [
            call('denseColumnsGradient', { x: previous, dy: dz, first: 0, columns: 2 * units, ...product }),
            call('denseColumnsGradient', { x: inner, dy: dz, first: 2 * units, columns: units, ...product }),
          ];
      return [
        call('gruForward', { z, b, h, previous, inner, last, ...shared }),
        call('gruBackward', { gates: z, previous, inner, ...gradients, ...shared }),
        ...ofWeights,
      ];
    },
  };
}

export function lstmCase(steps: number, units: number, walk: Walk): KernelCase {
  const shape = { ...shapeOf(steps, units, walk), ...gatesOf(walk) };
  return {
    name: describe('lstm', steps, units, walk),
    buffers: { ...buffersOf(steps, units, 4), c: unwritten(steps * units) },
    parameterLength: 4 * units * units,
    sumCount: 0,
    calls: ({ z, h, c, previous, last, dh, dLast, dz, mask }) => {
      const shared = { u: 0, mask: walk.masked ? mask : -1, ...shape };
      return [
        call('lstmForward', { z, h, c, previous, last, ...shared }),
        call('lstmBackward', { gates: z, c, ...gradientsOf(walk, dh, dLast), dz, ...shared }),
      ];
    },
  };
}

function reverseStepsCase(steps: number, size: number): KernelCase {
  return {
    name: `${steps} steps of ${size}, last first`,
    buffers: { x: uniform(steps * size), y: unwritten(steps * size) },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ x, y }) => [call('reverseSteps', { x, y, steps, size })],
  };
}

/** Every recurrent kernel: one step and several, fewer units than lanes, as many and more. */
export const recurrentCases: readonly KernelCase[] = [
  simpleRnnCase(1, 1, { wants: 'both' }),
  simpleRnnCase(3, 5, { wants: 'all', masked: true }),
  simpleRnnCase(4, 16, { wants: 'last', reversed: true }),
  simpleRnnCase(3, 17, { wants: 'both', reversed: true, masked: true }),
  gruCase(1, 1, 1, { wants: 'both' }),
  gruCase(3, 5, 1, { wants: 'all', masked: true }),
  gruCase(4, 16, 1, { wants: 'last', reversed: true }, false),
  gruCase(2, 17, 1, { wants: 'both' }),
  gruCase(1, 1, 0, { wants: 'both' }),
  gruCase(3, 5, 0, { wants: 'all' }),
  gruCase(4, 16, 0, { wants: 'last', reversed: true, masked: true }),
  gruCase(2, 17, 0, { wants: 'both' }),
  lstmCase(1, 1, { wants: 'both' }),
  lstmCase(3, 5, { wants: 'all', masked: true }),
  lstmCase(4, 16, { wants: 'last', reversed: true }),
  lstmCase(2, 17, { wants: 'both' }),
  lstmCase(3, 17, { wants: 'both', reversed: true, masked: true }),
  reverseStepsCase(1, 1),
  reverseStepsCase(3, 17),
];
