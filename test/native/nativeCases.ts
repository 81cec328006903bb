import { activations } from '../../src/shared/kernels/activations.js';
import type { KernelCall } from '../../src/shared/kernels/table.js';
import { findAddon, type InstructionSet } from '../../src/shared/native/addon.js';
import { createNativeEngine } from '../../src/worker/engines/native.js';
import type { KernelCase } from '../helpers/kernelCase.js';
import { batchNormCase, kernelCases } from '../helpers/kernelCases.js';
import type { CreateEngine } from '../helpers/kernelLaws.js';
import { lstmCase } from '../helpers/recurrentCases.js';
import { type WindowCase, windowArguments } from '../helpers/windows.js';

const found = findAddon();

/** Why the tests of native kernels are skipped here, or false. */
export const skipReason: string | false = found.addon === null ? found.reason : false;

/** The builds of the kernels that this processor can run. */
export const supported: readonly InstructionSet[] = found.addon?.isas() ?? [];

export const createWith =
  (isa: InstructionSet): CreateEngine =>
  (input) =>
    createNativeEngine(input, { isa });

const uniform = (size: number) => ({ size, content: { kind: 'uniform', low: -1, high: 1 } }) as const;
const unwritten = (size: number) => ({ size, content: { kind: 'unwritten' } }) as const;
const aligned = (size: number): number => Math.ceil(size / 16) * 16;

function denseCase(inner: number, inputs: number, units: number, activation: number): KernelCase {
  const sizes = { inner, inputs, units };
  const b = aligned(inputs * units);
  return {
    name: `dense ${inner}×${inputs}→${units} ${activations[activation]}`,
    buffers: {
      x: uniform(inner * inputs),
      dy: uniform(inner * units),
      y: unwritten(inner * units),
      dx: unwritten(inner * inputs),
    },
    parameterLength: b + aligned(units),
    sumCount: 0,
    calls: ({ x, y, dy, dx }): KernelCall[] => [
      { kernel: 'denseForward', args: { x, w: 0, b, y, ...sizes, activation } },
      { kernel: 'denseInputGradient', args: { dy, w: 0, x, dx, ...sizes, activation } },
      { kernel: 'denseWeightGradient', args: { x, dy, w: 0, b, ...sizes } },
    ],
  };
}

function convolutionCase(windowCase: WindowCase, filters: number, activation: number): KernelCase {
  const windows = windowArguments(windowCase);
  const input = windows.height * windows.width * windows.channels;
  const output = windows.outHeight * windows.outWidth * filters;
  const b = aligned(windows.windowHeight * windows.windowWidth * windows.channels * filters);
  return {
    name: `conv2d ${windowCase.image.join('×')}, ${filters} filters, ${activations[activation]}`,
    buffers: { x: uniform(input), dy: uniform(output), y: unwritten(output), dx: unwritten(input) },
    parameterLength: b + aligned(filters),
    sumCount: 0,
    calls: ({ x, y, dy, dx }): KernelCall[] => [
      { kernel: 'conv2dForward', args: { x, w: 0, b, y, ...windows, filters, activation } },
      { kernel: 'conv2dInputGradient', args: { dy, w: 0, x, dx, ...windows, filters, activation } },
      { kernel: 'conv2dWeightGradient', args: { x, dy, w: 0, b, ...windows, filters } },
    ],
  };
}

const [LINEAR, RELU, SIGMOID, TANH] = activations.keys();

/** Sizes at which native kernels change their way: several blocks of terms, several panels, several tiles. */
const largeCases: readonly KernelCase[] = [
  denseCase(1, 257, 33, RELU),
  denseCase(1, 600, 64, TANH),
  denseCase(1, 31, 300, SIGMOID),
  denseCase(1, 1024, 48, LINEAR),
  denseCase(70, 5, 37, RELU),
  convolutionCase({ image: [13, 13, 32], window: [3, 3], padding: 'valid' }, 64, RELU),
  convolutionCase({ image: [28, 28, 1], window: [3, 3], padding: 'same' }, 32, TANH),
  ...activations.map((_, activation) => denseCase(1, 40, 37, activation)),
  lstmCase(28, 128, { wants: 'last' }),
  lstmCase(3, 100, { reversed: true, wants: 'both' }),
  lstmCase(2, 300, { wants: 'all' }),
  batchNormCase(30, 1),
  batchNormCase(50, 3),
  batchNormCase(40, 32),
  batchNormCase(21, 100),
  convolutionCase({ image: [9, 31, 17], window: [5, 2], strides: [1, 3], padding: 'same' }, 130, LINEAR),
];

export const nativeCases: readonly KernelCase[] = [...kernelCases, ...largeCases];
