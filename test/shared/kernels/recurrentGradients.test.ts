import { describe, test } from 'node:test';
import { activations } from '../../../src/shared/kernels/activations.js';
import type { Kernel, Pass } from '../../../src/shared/kernels/pass.js';
import { referenceKernels } from '../../../src/shared/kernels/reference/index.js';
import type { KernelCall } from '../../../src/shared/kernels/table.js';
import {
  type Arena,
  checkParameter,
  checkRows,
  filledArena,
  middlePass,
  ROWS,
  weightedSum,
} from '../../helpers/gradientChecks.js';
import type { KernelCase } from '../../helpers/kernelCase.js';
import { gruCase, lstmCase, simpleRnnCase, type Walk } from '../../helpers/recurrentCases.js';

const [STEPS, UNITS] = [3, 4];
const SEQUENCE = STEPS * UNITS;

/** Every way through time, with gradients of all outputs, of the final one, or of both. */
const walks: readonly Walk[] = [false, true].flatMap((reversed) =>
  (['all', 'last', 'both'] as const).map((wants) => ({ reversed, wants })),
);

const masked = walks.map((walk) => ({ ...walk, masked: true }));
const stateful = [...walks, ...masked].map((walk) => ({ ...walk, stateful: true }));

describe('gradients of recurrences equal central differences', () => {
  for (const walk of [...walks, ...masked, ...stateful]) {
    check(simpleRnnCase(STEPS, UNITS, walk), walk, 1);
    check(lstmCase(STEPS, UNITS, walk), walk, 4);
    check(gruCase(STEPS, UNITS, 0, walk), walk, 3);
    check(gruCase(STEPS, UNITS, 1, walk), walk, 3);
  }
});

/** input → z → h, last: the gradients by the input products and by the weights of the recurrence. */
function check(kernelCase: KernelCase, walk: Walk, gates: number): void {
  test(kernelCase.name, () => {
    const sizes = Object.entries(kernelCase.buffers).map(([name, { size }]) => [name, size]);
    const arena = filledArena({ ...Object.fromEntries(sizes), input: gates * SEQUENCE }, kernelCase.parameterLength);
    fillMask(arena);
    fillKeep(arena);
    const pass = middlePass(arena.slabs);
    const [forward, ...backward] = [...kernelCase.calls(arena.at), ...ownGradient(kernelCase, arena.at, gates)];
    const objective = () => {
      const { input, z } = arena.at;
      run(arena, { kernel: 'activationForward', args: { x: input, y: z, size: gates * SEQUENCE, activation: LINEAR } });
      run(arena, forward as KernelCall);
      const ofAll = walk.wants === 'last' ? 0 : weightedSum(arena, pass, 'h', 'dh', SEQUENCE);
      const ofLast = walk.wants === 'all' ? 0 : weightedSum(arena, pass, 'last', 'dLast', UNITS);
      return ofAll + ofLast + (walk.stateful && gates === 4 ? ofLastCell(arena, pass, walk) : 0);
    };
    objective();
    const [through, ...ofWeights] = backward;
    run(arena, through as KernelCall);
    if (walk.stateful) keepPrevious(arena);
    for (const call of ofWeights) run(arena, call as KernelCall);
    checkRows(arena, pass, 'input', 'dz', gates * SEQUENCE, objective);
    if (walk.stateful) checkRows(arena, pass, 'h0', 'dh0', UNITS, objective);
    if (walk.stateful && gates === 4) checkRows(arena, pass, 'c0', 'dc0', UNITS, objective);
    checkWeights(arena, kernelCase, objective);
  });
}

const LINEAR = activations.indexOf('linear');

/** The last cell's share of the objective. */
function ofLastCell({ memory, at }: Arena, pass: Pass, { reversed }: Walk): number {
  let sum = 0;
  for (let row = pass.firstRow; row < pass.firstRow + pass.rows; row++) {
    const c = at.c + (row * STEPS + (reversed ? 0 : STEPS - 1)) * UNITS;
    for (let e = 0; e < UNITS; e++) sum += memory.f32[c + e] * memory.f32[at.dcLast + row * UNITS + e];
  }
  return sum;
}

/** The weight gradient where the case leaves it to a dense kernel. */
function ownGradient({ name }: KernelCase, { previous, dz }: Readonly<Record<string, number>>, gates: number) {
  if (name.startsWith('gru')) return [];
  const product = { inner: STEPS, inputs: UNITS, units: gates * UNITS };
  return [{ kernel: 'denseWeightGradient', args: { x: previous, dy: dz, w: 0, b: -1, ...product } } as const];
}

/** All weights of the recurrence; a GRU's stand behind a gap, its bias is there only where the reset comes after. */
function checkWeights(arena: Arena, { name, parameterLength }: KernelCase, objective: () => number): void {
  const first = name.startsWith('gru') ? 16 : 0;
  const bias = name.includes('reset before') ? 3 * UNITS : 0;
  checkParameter(arena, middlePass(arena.slabs), first, parameterLength - first - bias, objective);
}

/** Rows skip different steps, the first and the last among them. */
function fillMask({ memory, at }: Arena): void {
  for (let step = 0; step < ROWS * STEPS; step++) memory.f32[at.mask + step] = (step * 5) % 4 === 0 ? 0 : 1;
}

/** Rows drop different units of their state. */
function fillKeep({ memory, at }: Arena): void {
  for (let e = 0; e < ROWS * UNITS; e++) memory.f32[at.keep + e] = (e * 7) % 3 === 0 ? 0 : 1.5;
}

/** What the recurrent weights were multiplied with: the outputs one step before, as far as they were kept. */
function keepPrevious({ memory, at }: Arena): void {
  for (let e = 0; e < ROWS * SEQUENCE; e++) {
    memory.f32[at.previous + e] *= memory.f32[at.keep + Math.floor(e / SEQUENCE) * UNITS + (e % UNITS)];
  }
}

function run({ memory, slabs }: Arena, { kernel, args }: KernelCall): void {
  (referenceKernels[kernel] as Kernel<KernelCall['args']>)(memory, middlePass(slabs), args);
}
