import { type KernelBenchCase, RELU, ROWS, windowsOf } from './case.js';

/** Lines for the kernels over images that no workload of the budget has: 28×28 images of 64 channels. */
export function imageKernelCases(): KernelBenchCase[] {
  return [...depthwise(28, 64), ...averagePooling(28, 64), ...bilinear(14, 64), ...bias(784, 64), ...strided(28, 64)];
}

function depthwise(size: number, channels: number): KernelBenchCase[] {
  const windows = windowsOf(size, channels, 3, 1);
  const [input, output] = [size * size * channels, windows.outHeight * windows.outWidth * channels];
  const b = 9 * channels;
  const common = {
    shape: `${ROWS} × ${size}×${size}×${channels}, 3×3`,
    rows: ROWS,
    records: [input, output],
    parameterLength: 10 * channels,
    flops: 2 * 9 * ROWS * output,
    bytes: 4 * ROWS * (input + output),
  };
  return [
    {
      ...common,
      kernel: 'depthwiseConv2dForward',
      calls: ([x, y]) => [{ kernel: 'depthwiseConv2dForward', args: { x, w: 0, b, y, ...windows, activation: RELU } }],
    },
    {
      ...common,
      kernel: 'depthwiseConv2dInputGradient',
      records: [input, output, input],
      calls: ([x, dy, dx]) => [
        { kernel: 'depthwiseConv2dInputGradient', args: { dy, w: 0, x, dx, ...windows, activation: RELU } },
      ],
    },
    {
      ...common,
      kernel: 'depthwiseConv2dWeightGradient',
      calls: ([x, dy]) => [{ kernel: 'depthwiseConv2dWeightGradient', args: { x, dy, w: 0, b, ...windows } }],
    },
  ];
}

function averagePooling(size: number, channels: number): KernelBenchCase[] {
  const windows = windowsOf(size, channels, 2, 2);
  const [input, output] = [size * size * channels, windows.outHeight * windows.outWidth * channels];
  const common = { shape: `${ROWS} × ${size}×${size}×${channels}, 2×2`, rows: ROWS, parameterLength: 0, flops: 0 };
  return [
    {
      ...common,
      kernel: 'averagePool2dForward',
      records: [input, output],
      bytes: 4 * ROWS * (input + output),
      calls: ([x, y]) => [{ kernel: 'averagePool2dForward', args: { x, y, ...windows } }],
    },
    {
      ...common,
      kernel: 'averagePool2dBackward',
      records: [output, input, input],
      bytes: 4 * ROWS * (output + 2 * input),
      calls: ([dy, x, dx]) => [{ kernel: 'averagePool2dBackward', args: { dy, x, dx, ...windows, activation: RELU } }],
    },
  ];
}

/** To twice the size. */
function bilinear(size: number, channels: number): KernelBenchCase[] {
  const sizes = { height: size, width: size, channels, outHeight: 2 * size, outWidth: 2 * size };
  const input = size * size * channels;
  const common = {
    shape: `${ROWS} × ${size}×${size}×${channels}, doubled`,
    rows: ROWS,
    records: [input, 4 * input],
    parameterLength: 0,
    flops: 0,
    bytes: 4 * ROWS * 5 * input,
  };
  return [
    {
      ...common,
      kernel: 'bilinearForward',
      calls: ([x, y]) => [{ kernel: 'bilinearForward', args: { x, y, ...sizes } }],
    },
    {
      ...common,
      kernel: 'bilinearBackward',
      calls: ([dx, dy]) => [{ kernel: 'bilinearBackward', args: { dy, dx, ...sizes } }],
    },
  ];
}

function bias(inner: number, channels: number): KernelBenchCase[] {
  const size = inner * channels;
  const common = {
    shape: `${ROWS} × ${inner} × ${channels} channels`,
    rows: ROWS,
    flops: 0,
    parameterLength: channels,
  };
  return [
    {
      ...common,
      kernel: 'biasForward',
      records: [size],
      bytes: 8 * ROWS * size,
      calls: ([x]) => [{ kernel: 'biasForward', args: { x, b: 0, y: x, inner, channels, activation: RELU } }],
    },
    {
      ...common,
      kernel: 'biasGradient',
      records: [size],
      bytes: 4 * ROWS * size,
      calls: ([dy]) => [{ kernel: 'biasGradient', args: { dy, b: 0, inner, channels } }],
    },
  ];
}

/** Without the border of one pixel, and back. */
function strided(size: number, channels: number): KernelBenchCase[] {
  const inner = size - 2;
  const view = {
    size: size * size * channels,
    offset: (size + 1) * channels,
    ...{ length0: 1, length1: 1, length2: 1, length3: inner, length4: inner * channels },
    ...{ stride0: 0, stride1: 0, stride2: 0, stride3: size * channels, stride4: 1 },
  };
  const common = {
    shape: `${ROWS} × ${size}×${size}×${channels}, cropped by 1`,
    rows: ROWS,
    records: [view.size, inner * inner * channels],
    parameterLength: 0,
    flops: 0,
  };
  return [
    {
      ...common,
      kernel: 'stridedCopy',
      bytes: 8 * ROWS * inner * inner * channels,
      calls: ([x, y]) => [{ kernel: 'stridedCopy', args: { x, y, ...view } }],
    },
    {
      ...common,
      kernel: 'stridedSum',
      bytes: 4 * ROWS * (view.size + inner * inner * channels),
      calls: ([x, y]) => [{ kernel: 'stridedSum', args: { y, x, ...view } }],
    },
  ];
}
