import { describe, test } from 'node:test';
import { activations } from '../../../src/shared/kernels/activations.js';
import type { KernelMemory } from '../../../src/shared/kernels/pass.js';
import { referenceKernels as kernels } from '../../../src/shared/kernels/reference/index.js';
import {
  avoidZero,
  checkParameter,
  checkRows,
  filledArena,
  middlePass,
  ROWS,
  weightedSum,
} from '../../helpers/gradientChecks.js';
import { plainDropout } from '../../helpers/kernelCases.js';
import { convolutionWindows, describeWindows, poolingWindows, windowArguments } from '../../helpers/windows.js';

const LINEAR = activations.indexOf('linear');
const RELU = activations.indexOf('relu');
const TANH = activations.indexOf('tanh');

describe('gradients equal central differences', () => {
  for (const [inner, inputs, units] of [
    [1, 1, 1],
    [1, 7, 5],
    [3, 5, 2],
    [2, 1, 11],
    [1, 17, 1],
  ]) {
    test(`dense ${inner}×${inputs}→${units}`, () => checkDense(inner, inputs, units));
  }

  for (const windows of convolutionWindows) {
    test(`conv2d ${describeWindows(windows)}`, () => checkConvolution(windowArguments(windows), 3));
  }

  for (const windows of poolingWindows) {
    for (const activation of [LINEAR, RELU, TANH]) {
      test(`maxPool2d after ${activations[activation]}, ${describeWindows(windows)}`, () =>
        checkPooling(windowArguments(windows), activation));
    }
  }

  activations.forEach((name, activation) => {
    test(`activation ${name}`, () => checkActivation(activation));
    test(`${name} before dense`, () => checkFusedSlope(activation, 'dense'));
    test(`${name} before conv2d`, () => checkFusedSlope(activation, 'conv2d'));
  });

  for (const [groups, size] of [
    [1, 1],
    [1, 10],
    [3, 5],
  ]) {
    test(`softmax of ${groups}×${size}`, () => checkSoftmax(groups, size));
  }

  test('dropout carries the gradient of what it kept', () => checkDropout(13, 0.4));
});

function checkDense(inner: number, inputs: number, units: number): void {
  const b = inputs * units;
  const arena = filledArena({ x: inner * inputs, y: inner * units, dy: inner * units, dx: inner * inputs }, b + units);
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const { x, y, dy, dx } = at;
  const sizes = { inner, inputs, units };
  const objective = () => {
    kernels.denseForward(memory, pass, { x, w: 0, b, y, ...sizes, activation: LINEAR });
    return weightedSum(arena, pass, 'y', 'dy', inner * units);
  };
  kernels.denseInputGradient(memory, pass, { dy, w: 0, x, dx, ...sizes, activation: LINEAR });
  kernels.denseWeightGradient(memory, pass, { x, dy, w: 0, b, ...sizes });
  checkRows(arena, pass, 'x', 'dx', inner * inputs, objective);
  checkParameter(arena, pass, 0, b + units, objective);
}

type Windows = ReturnType<typeof windowArguments>;

function checkConvolution(windows: Windows, filters: number): void {
  const input = windows.height * windows.width * windows.channels;
  const output = windows.outHeight * windows.outWidth * filters;
  const b = windows.windowHeight * windows.windowWidth * windows.channels * filters;
  const arena = filledArena({ x: input, y: output, dy: output, dx: input }, b + filters);
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const { x, y, dy, dx } = at;
  const objective = () => {
    kernels.conv2dForward(memory, pass, { x, w: 0, b, y, ...windows, filters, activation: LINEAR });
    return weightedSum(arena, pass, 'y', 'dy', output);
  };
  kernels.conv2dInputGradient(memory, pass, { dy, w: 0, x, dx, ...windows, filters, activation: LINEAR });
  kernels.conv2dWeightGradient(memory, pass, { x, dy, w: 0, b, ...windows, filters });
  checkRows(arena, pass, 'x', 'dx', input, objective);
  checkParameter(arena, pass, 0, b + filters, objective);
}

/** z → x = activation(z) → y = pool(x). Values differ by more than a step of the differences, so no maximum changes. */
function checkPooling(windows: Windows, activation: number): void {
  const input = windows.height * windows.width * windows.channels;
  const output = windows.outHeight * windows.outWidth * windows.channels;
  const arena = filledArena({ z: input, x: input, y: output, dy: output, dx: input });
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const { z, x, y, dy, dx } = at;
  spread(memory, z, ROWS * input);
  const objective = () => {
    kernels.activationForward(memory, pass, { x: z, y: x, size: input, activation });
    kernels.maxPool2dForward(memory, pass, { x, y, ...windows });
    return weightedSum(arena, pass, 'y', 'dy', output);
  };
  objective();
  kernels.maxPool2dBackward(memory, pass, { x, y, dy, dx, ...windows, activation, shared: 0 });
  checkRows(arena, pass, 'z', 'dx', input, objective, 2 ** -9);
}

/** A shuffled ladder over (−1, 1) without zero: any 210 values that follow each other are 2/210 or more apart. */
function spread({ f32 }: KernelMemory, at: number, length: number): void {
  const rungs = 210;
  for (let e = 0; e < length; e++) f32[at + e] = (2 * (((e * 89) % rungs) + 0.5)) / rungs - 1;
}

function checkActivation(activation: number): void {
  const size = 19;
  const arena = filledArena({ x: size, y: size, dy: size, dx: size });
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const { x, y, dy, dx } = at;
  avoidZero(arena, 'x');
  const objective = () => {
    kernels.activationForward(memory, pass, { x, y, size, activation });
    return weightedSum(arena, pass, 'y', 'dy', size);
  };
  objective();
  kernels.activationBackward(memory, pass, { y, dy, dx, size, activation });
  checkRows(arena, pass, 'x', 'dx', size, objective);
}

/** z → x = activation(z) → y = x·w: the input gradient's fused slope. */
function checkFusedSlope(activation: number, layer: 'dense' | 'conv2d'): void {
  const windows = windowArguments(convolutionWindows[2]);
  const dense = { inner: 3, inputs: 35, units: 4 };
  const input = layer === 'dense' ? 105 : windows.height * windows.width * windows.channels;
  const output = layer === 'dense' ? 12 : windows.outHeight * windows.outWidth * 2;
  const arena = filledArena({ z: input, x: input, y: output, dy: output, dx: input }, 200);
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const { z, x, y, dy, dx } = at;
  avoidZero(arena, 'z');
  const objective = () => {
    kernels.activationForward(memory, pass, { x: z, y: x, size: input, activation });
    const forward = { x, w: 0, b: -1, y, activation: LINEAR };
    if (layer === 'dense') kernels.denseForward(memory, pass, { ...forward, ...dense });
    else kernels.conv2dForward(memory, pass, { ...forward, ...windows, filters: 2 });
    return weightedSum(arena, pass, 'y', 'dy', output);
  };
  objective();
  const backward = { dy, w: 0, x, dx, activation };
  if (layer === 'dense') kernels.denseInputGradient(memory, pass, { ...backward, ...dense });
  else kernels.conv2dInputGradient(memory, pass, { ...backward, ...windows, filters: 2 });
  checkRows(arena, pass, 'z', 'dx', input, objective);
}

function checkSoftmax(groups: number, size: number): void {
  const record = groups * size;
  const arena = filledArena({ x: record, y: record, dy: record, dx: record });
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const { x, y, dy, dx } = at;
  const objective = () => {
    kernels.softmaxForward(memory, pass, { x, y, groups, size });
    return weightedSum(arena, pass, 'y', 'dy', record);
  };
  objective();
  kernels.softmaxBackward(memory, pass, { y, dy, dx, groups, size });
  checkRows(arena, pass, 'x', 'dx', record, objective);
}

function checkDropout(size: number, rate: number): void {
  const arena = filledArena({ x: size, y: size, dy: size, dx: size });
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const { x, y, dy, dx } = at;
  const objective = () => {
    kernels.dropout(memory, pass, { x, y, ...plainDropout(size, rate), layer: 1 });
    return weightedSum(arena, pass, 'y', 'dy', size);
  };
  kernels.dropout(memory, pass, { x: dy, y: dx, ...plainDropout(size, rate), layer: 1 });
  checkRows(arena, pass, 'x', 'dx', size, objective);
}
