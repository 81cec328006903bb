import { describe, test } from 'node:test';
import { activations } from '../../../src/shared/kernels/activations.js';
import type { KernelMemory, Pass } from '../../../src/shared/kernels/pass.js';
import { referenceKernels as kernels } from '../../../src/shared/kernels/reference/index.js';
import {
  type Arena,
  checkParameter,
  checkRows,
  filledArena,
  middlePass,
  weightedSum,
} from '../../helpers/gradientChecks.js';
import {
  elementsOf,
  resizingArguments,
  resizings,
  sizesOf,
  stridedArguments,
  stridedViews,
  wholeImage,
  wideWindows,
} from '../../helpers/imageCases.js';
import { convolutionWindows, describeWindows, poolingWindows, windowArguments } from '../../helpers/windows.js';

const LINEAR = activations.indexOf('linear');
const TANH = activations.indexOf('tanh');

type At = Arena['at'];

/** How a kernel maps x to y, and its gradients: what writes dx, and a weight's slab where it has weights. */
interface Gradients {
  readonly input: number;
  readonly output: number;
  readonly parameters?: number;
  forward(memory: KernelMemory, pass: Pass, at: At): void;
  backward(memory: KernelMemory, pass: Pass, at: At, activation: number): void;
}

/** z → x = activation(z) → y, of which the weighted sum is differentiated by z. */
function check({ input, output, parameters = 0, forward, backward }: Gradients, activation = LINEAR): void {
  const arena = filledArena({ z: input, x: input, y: output, dy: output, dx: input }, parameters);
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const objective = () => {
    kernels.activationForward(memory, pass, { x: at.z, y: at.x, size: input, activation });
    forward(memory, pass, at);
    return weightedSum(arena, pass, 'y', 'dy', output);
  };
  objective();
  backward(memory, pass, at, activation);
  checkRows(arena, pass, 'z', 'dx', input, objective);
  if (parameters > 0) checkParameter(arena, pass, 0, parameters, objective);
}

function averagePooling(windows: ReturnType<typeof windowArguments>): Gradients {
  const [input, output] = sizesOf(windows);
  return {
    input,
    output,
    forward: (memory, pass, { x, y }) => kernels.averagePool2dForward(memory, pass, { x, y, ...windows }),
    backward: (memory, pass, { x, dy, dx }, activation) =>
      kernels.averagePool2dBackward(memory, pass, { dy, x, dx, ...windows, activation }),
  };
}

function depthwise(windows: ReturnType<typeof windowArguments>): Gradients {
  const [input, output] = sizesOf(windows);
  const b = windows.windowHeight * windows.windowWidth * windows.channels;
  return {
    input,
    output,
    parameters: b + windows.channels,
    forward: (memory, pass, { x, y }) =>
      kernels.depthwiseConv2dForward(memory, pass, { x, w: 0, b, y, ...windows, activation: LINEAR }),
    backward: (memory, pass, { x, dy, dx }, activation) => {
      kernels.depthwiseConv2dInputGradient(memory, pass, { dy, w: 0, x, dx, ...windows, activation });
      kernels.depthwiseConv2dWeightGradient(memory, pass, { x, dy, w: 0, b, ...windows });
    },
  };
}

describe('gradients of kernels over images equal central differences', () => {
  for (const windows of [...poolingWindows, wholeImage]) {
    for (const activation of [LINEAR, TANH]) {
      test(`averagePool2d after ${activations[activation]}, ${describeWindows(windows)}`, () =>
        check(averagePooling(windowArguments(windows)), activation));
    }
  }

  for (const windows of [...convolutionWindows, wideWindows]) {
    for (const activation of [LINEAR, TANH]) {
      test(`depthwiseConv2d after ${activations[activation]}, ${describeWindows(windows)}`, () =>
        check(depthwise(windowArguments(windows)), activation));
    }
  }

  for (const resizing of resizings) {
    test(`bilinear ${resizing.join(', ')}`, () => {
      const shape = resizingArguments(resizing);
      check({
        input: shape.height * shape.width * shape.channels,
        output: shape.outHeight * shape.outWidth * shape.channels,
        forward: (memory, pass, { x, y }) => kernels.bilinearForward(memory, pass, { x, y, ...shape }),
        backward: (memory, pass, { dy, dx }) => kernels.bilinearBackward(memory, pass, { dy, dx, ...shape }),
      });
    });
  }

  for (const view of stridedViews) {
    const shape = stridedArguments(view);
    const copy: Gradients['forward'] = (memory, pass, { x, y }) =>
      kernels.stridedCopy(memory, pass, { x, y, ...shape });
    test(`stridedCopy: ${view.what}`, () =>
      check({
        input: view.size,
        output: elementsOf(view),
        forward: copy,
        backward: (memory, pass, { dy, dx }) => kernels.stridedSum(memory, pass, { y: dy, x: dx, ...shape }),
      }));
    test(`stridedSum: ${view.what}`, () =>
      check({
        input: elementsOf(view),
        output: view.size,
        forward: (memory, pass, { x, y }) => kernels.stridedSum(memory, pass, { y: x, x: y, ...shape }),
        backward: (memory, pass, { dy, dx }) => copy(memory, pass, { x: dy, y: dx }),
      }));
  }

  test('bias', () => {
    const shape = { inner: 3, channels: 5 };
    check({
      input: 15,
      output: 15,
      parameters: 5,
      forward: (memory, pass, { x, y }) =>
        kernels.biasForward(memory, pass, { x, b: 0, y, ...shape, activation: LINEAR }),
      backward: (memory, pass, { dy, dx }) => {
        kernels.activationForward(memory, pass, { x: dy, y: dx, size: 15, activation: LINEAR });
        kernels.biasGradient(memory, pass, { dy, b: 0, ...shape });
      },
    });
  });
});
