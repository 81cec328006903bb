import { activations } from '../../src/shared/kernels/activations.js';
import type { KernelCall } from '../../src/shared/kernels/table.js';
import { aligned, call, type KernelCase, uniform, unwritten } from './kernelCase.js';
import { convolutionWindows, describeWindows, poolingWindows, type WindowCase, windowArguments } from './windows.js';

/** Cases of the kernels over images other than convolution and max pooling, and of those that move elements. */

const [LINEAR, RELU, , TANH] = activations.keys();

type Calls = (at: Readonly<Record<string, number>>) => readonly KernelCall[];

/** A map from x to y, both gradients of which are rows. */
function rowsCase(name: string, input: number, output: number, parameterLength: number, calls: Calls): KernelCase {
  const buffers = { x: uniform(input), dy: uniform(output), y: unwritten(output), dx: unwritten(input) };
  return { name, buffers, parameterLength, sumCount: 0, calls };
}

function averagePoolingCase(windowCase: WindowCase, activation: number): KernelCase {
  const windows = windowArguments(windowCase);
  const [input, output] = sizesOf(windows);
  const name = `averagePool2d ${describeWindows(windowCase)}, ${activations[activation]}`;
  return rowsCase(name, input, output, 0, ({ x, y, dy, dx }) => [
    call('averagePool2dForward', { x, y, ...windows }),
    call('averagePool2dBackward', { dy, x, dx, ...windows, activation }),
  ]);
}

export function depthwiseCase(windowCase: WindowCase, activation: number, bias = true): KernelCase {
  const windows = windowArguments(windowCase);
  const [input, output] = sizesOf(windows);
  const weights = aligned(windows.windowHeight * windows.windowWidth * windows.channels);
  const b = bias ? weights : -1;
  const name = `depthwiseConv2d ${describeWindows(windowCase)}, ${activations[activation]}${bias ? '' : ', no bias'}`;
  return rowsCase(name, input, output, weights + aligned(windows.channels), ({ x, y, dy, dx }) => [
    call('depthwiseConv2dForward', { x, w: 0, b, y, ...windows, activation }),
    call('depthwiseConv2dInputGradient', { dy, w: 0, x, dx, ...windows, activation }),
    call('depthwiseConv2dWeightGradient', { x, dy, w: 0, b, ...windows }),
  ]);
}

/** Elements of an image and of its pooled one. */
export function sizesOf(windows: ReturnType<typeof windowArguments>): [input: number, output: number] {
  const { height, width, channels, outHeight, outWidth } = windows;
  return [height * width * channels, outHeight * outWidth * channels];
}

function biasCase(inner: number, channels: number, activation: number): KernelCase {
  const size = inner * channels;
  const shape = { inner, channels };
  const name = `bias of ${inner}×${channels}, ${activations[activation]}`;
  return rowsCase(name, size, size, aligned(channels), ({ x, y, dy, dx }) => [
    call('biasForward', { x, b: 0, y, ...shape, activation }),
    call('biasGradient', { dy, b: 0, ...shape }),
    call('biasForward', { x: dy, b: 0, y: dx, ...shape, activation: LINEAR }),
    call('biasForward', { x: dx, b: 0, y: dx, ...shape, activation }),
  ]);
}

/** An image (H, W, C) and the rows and columns it is resized to. */
type Resizing = readonly [height: number, width: number, channels: number, outHeight: number, outWidth: number];

export const resizings: readonly Resizing[] = [
  [1, 1, 1, 1, 1],
  [3, 4, 2, 6, 8],
  [2, 3, 17, 6, 3],
  [5, 4, 1, 3, 7],
  [1, 3, 5, 4, 6],
];

export const resizingArguments = ([height, width, channels, outHeight, outWidth]: Resizing) => ({
  height,
  width,
  channels,
  outHeight,
  outWidth,
});

function bilinearCase(resizing: Resizing): KernelCase {
  const [height, width, channels, outHeight, outWidth] = resizing;
  const shape = resizingArguments(resizing);
  const name = `bilinear from ${height}×${width} to ${outHeight}×${outWidth} with ${channels} channels`;
  return rowsCase(name, height * width * channels, outHeight * outWidth * channels, 0, ({ x, y, dy, dx }) => [
    call('bilinearForward', { x, y, ...shape }),
    call('bilinearBackward', { dy, dx, ...shape }),
  ]);
}

/** A view of a record: of each axis its length and its stride, the innermost last. */
interface StridedView {
  readonly what: string;
  readonly size: number;
  readonly offset?: number;
  readonly axes: readonly (readonly [length: number, stride: number])[];
}

export const stridedViews: readonly StridedView[] = [
  { what: 'one element', size: 1, axes: [[1, 0]] },
  {
    what: '(3, 4, 2) as (2, 3, 4)',
    size: 24,
    axes: [
      [2, 1],
      [3, 8],
      [4, 2],
    ],
  },
  {
    what: 'a vector of 19, thrice',
    size: 19,
    axes: [
      [3, 0],
      [19, 1],
    ],
  },
  {
    what: 'each of 7, twice',
    size: 7,
    axes: [
      [7, 1],
      [2, 0],
    ],
  },
  {
    what: 'rows 1 to 3, columns 2 to 5 of 5×7×17',
    size: 595,
    offset: 119 + 34,
    axes: [
      [3, 119],
      [4, 17],
      [17, 1],
    ],
  },
  {
    what: 'rows twice and columns thrice of 3×2×5',
    size: 30,
    axes: [
      [3, 10],
      [2, 0],
      [2, 5],
      [3, 0],
      [5, 1],
    ],
  },
];

export function stridedArguments({ size, offset = 0, axes }: StridedView) {
  const all = [...Array.from({ length: 5 - axes.length }, () => [1, 0] as const), ...axes];
  const [[length0, stride0], [length1, stride1], [length2, stride2], [length3, stride3], [length4, stride4]] = all;
  const lengths = { length0, length1, length2, length3, length4 };
  return { size, offset, ...lengths, stride0, stride1, stride2, stride3, stride4 };
}

export const elementsOf = ({ axes }: StridedView): number => axes.reduce((count, [length]) => count * length, 1);

function stridedCase(view: StridedView): KernelCase {
  const shape = stridedArguments(view);
  return rowsCase(`strided view: ${view.what}`, view.size, elementsOf(view), 0, ({ x, y, dy, dx }) => [
    call('stridedCopy', { x, y, ...shape }),
    call('stridedSum', { y: dy, x: dx, ...shape }),
  ]);
}

/** As many channels as two vectors of lanes have and some more. */
export const wideWindows: WindowCase = { image: [6, 5, 37], window: [3, 3], strides: [2, 1], padding: 'same' };

export const wholeImage: WindowCase = { image: [4, 3, 18], window: [4, 3], padding: 'valid' };

export const imageCases: readonly KernelCase[] = [
  ...[...poolingWindows, wholeImage].map((windows, index) => averagePoolingCase(windows, index % 2 ? TANH : LINEAR)),
  ...convolutionWindows.map((windows, index) => depthwiseCase(windows, index % 2 ? TANH : LINEAR)),
  depthwiseCase(wideWindows, RELU),
  depthwiseCase({ ...wideWindows, strides: [1, 1] }, TANH, false),
  biasCase(1, 1, LINEAR),
  biasCase(5, 19, TANH),
  ...resizings.map(bilinearCase),
  ...stridedViews.map(stridedCase),
];
