import { activations } from '../../src/shared/kernels/activations.js';
import { type CaseBuffer, call, type KernelCase, uniform, unwritten, zeroOrOne } from './kernelCase.js';

/** Of which outputs a case has gradients. */
export type Wants = 'all' | 'last' | 'both';

/** How a case walks through time. */
export interface Walk {
  readonly reversed?: boolean;
  readonly masked?: boolean;
  /** From an initial state, with recurrent dropout, the final state's gradient given and the initial one's wanted. */
  readonly stateful?: boolean;
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
const buffersOf = (
  steps: number,
  units: number,
  gates: number,
  { stateful = false }: Walk,
): Record<string, CaseBuffer> => ({
  z: uniform(gates * steps * units, -2, 2),
  h: unwritten(steps * units),
  previous: unwritten(steps * units),
  last: unwritten(units),
  dh: uniform(steps * units),
  dLast: uniform(units),
  mask: zeroOrOne(steps),
  dz: unwritten(gates * steps * units),
  ...(stateful ? { keep: zeroOrOne(units), h0: uniform(units), dh0: unwritten(units) } : {}),
});

/** What every recurrent kernel of the case is told beside its shape, and each way of its own. */
const stateOf = ({ masked, stateful }: Walk, at: Readonly<Record<string, number>>) => {
  const given = (place: number): number => (stateful ? place : -1);
  return {
    shared: { mask: masked ? at.mask : -1, keep: given(at.keep) },
    h0: given(at.h0),
    dh0: given(at.dh0),
    cells: { c0: given(at.c0) },
    cellGradients: { dcLast: given(at.dcLast), dc0: given(at.dc0) },
  };
};

const describe = (name: string, steps: number, units: number, { reversed, masked, stateful, wants }: Walk): string =>
  `${name} of ${steps} steps, ${units} units${reversed ? ', reversed' : ''}${masked ? ', masked' : ''}${stateful ? ', from a state, with dropout' : ''}, gradients of ${wants}`;

const gradientsOf = ({ wants }: Walk, dh: number, dLast: number) => ({
  dh: wants === 'last' ? -1 : dh,
  dLast: wants === 'all' ? -1 : dLast,
});

export function simpleRnnCase(steps: number, units: number, walk: Walk): KernelCase {
  const shape = shapeOf(steps, units, walk, walk.reversed ? SOFTPLUS : TANH);
  return {
    name: describe('simple recurrence', steps, units, walk),
    buffers: buffersOf(steps, units, 1, walk),
    parameterLength: units * units,
    sumCount: 0,
    calls: (at) => {
      const { z, h, previous, last, dh, dLast, dz } = at;
      const { h0, dh0, ...given } = stateOf(walk, at);
      const shared = { u: 0, ...given.shared, ...shape };
      return [
        call('simpleRnnForward', { z, h0, h, previous, last, ...shared }),
        call('simpleRnnBackward', { h, ...gradientsOf(walk, dh, dLast), dz, dh0, ...shared }),
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
      ...buffersOf(steps, units, 3, walk),
      inner: unwritten(steps * units),
      ...(resetAfter ? { dInner: unwritten(3 * steps * units) } : {}),
    },
    parameterLength: u + 3 * units * units + 3 * units,
    sumCount: 0,
    calls: (at) => {
      const { z, h, previous, inner, last, dh, dLast, dz, dInner } = at;
      const { h0, dh0, ...given } = stateOf(walk, at);
      const shared = { u, ...given.shared, ...shape };
      const gradients = { ...gradientsOf(walk, dh, dLast), dz, dh0, dInner: resetAfter ? dInner : -1 };
      const product = { inner: steps, inputs: units, units: 3 * units, w: u };
      const ofWeights = resetAfter
        ? [call('denseWeightGradient', { x: previous, dy: dInner, b, ...product })]
        : [
            call('denseColumnsGradient', { x: previous, dy: dz, first: 0, columns: 2 * units, ...product }),
            call('denseColumnsGradient', { x: inner, dy: dz, first: 2 * units, columns: units, ...product }),
          ];
      return [
        call('gruForward', { z, b, h0, h, previous, inner, last, ...shared }),
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
    buffers: {
      ...buffersOf(steps, units, 4, walk),
      c: unwritten(steps * units),
      ...(walk.stateful ? { c0: uniform(units), dcLast: uniform(units), dc0: unwritten(units) } : {}),
    },
    parameterLength: 4 * units * units,
    sumCount: 0,
    calls: (at) => {
      const { z, h, c, previous, last, dh, dLast, dz } = at;
      const { h0, dh0, cells, cellGradients, ...given } = stateOf(walk, at);
      const shared = { u: 0, ...given.shared, ...cells, ...shape };
      const gradients = { ...gradientsOf(walk, dh, dLast), ...cellGradients };
      return [
        call('lstmForward', { z, h0, h, c, previous, last, ...shared }),
        call('lstmBackward', { gates: z, c, ...gradients, dz, dh0, ...shared }),
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
  simpleRnnCase(3, 17, { wants: 'both', stateful: true }),
  simpleRnnCase(1, 3, { wants: 'last', masked: true, stateful: true }),
  gruCase(3, 17, 1, { wants: 'both', masked: true, stateful: true }),
  gruCase(2, 5, 0, { wants: 'last', stateful: true }),
  gruCase(3, 17, 0, { wants: 'all', reversed: true, masked: true, stateful: true }),
  lstmCase(3, 17, { wants: 'both', stateful: true }),
  lstmCase(1, 5, { wants: 'last', reversed: true, masked: true, stateful: true }),
  reverseStepsCase(1, 1),
  reverseStepsCase(3, 17),
];
