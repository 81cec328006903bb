import { type KernelBenchCase, RELU, ROWS, windowsOf } from './case.js';
import { imageKernelCases } from './imageCases.js';
import { layerKernelCases } from './layerCases.js';
import { lossAndMetricKernelCases } from './lossAndMetricCases.js';
import { batchNorm } from './normalizationCases.js';
import { recurrentKernelCases } from './recurrentCases.js';

function dense(inputs: number, units: number, rows = ROWS): KernelBenchCase[] {
  const b = Math.ceil((inputs * units) / 16) * 16;
  const sizes = { inner: 1, inputs, units };
  const common = {
    shape: `${rows} × ${inputs} → ${units}`,
    rows,
    records: [inputs, units],
    parameterLength: b + Math.ceil(units / 16) * 16,
    flops: 2 * rows * inputs * units,
    bytes: 4 * (rows * inputs + inputs * units + rows * units),
  };
  return [
    {
      ...common,
      kernel: 'denseForward',
      calls: ([x, y]) => [{ kernel: 'denseForward', args: { x, w: 0, b, y, ...sizes, activation: RELU } }],
    },
    {
      ...common,
      kernel: 'denseInputGradient',
      calls: ([x, dy]) => [{ kernel: 'denseInputGradient', args: { dy, w: 0, x, dx: x, ...sizes, activation: RELU } }],
    },
    {
      ...common,
      kernel: 'denseWeightGradient',
      calls: ([x, dy]) => [{ kernel: 'denseWeightGradient', args: { x, dy, w: 0, b, ...sizes } }],
    },
  ];
}

function convolution(size: number, channels: number, filters: number): KernelBenchCase[] {
  const windows = windowsOf(size, channels, 3, 1);
  const positions = windows.outHeight * windows.outWidth;
  const weights = 9 * channels * filters;
  const b = Math.ceil(weights / 16) * 16;
  const records = [size * size * channels, positions * filters];
  const common = {
    shape: `${ROWS} × ${size}×${size}×${channels} → ${filters}, 3×3`,
    rows: ROWS,
    records,
    parameterLength: b + Math.ceil(filters / 16) * 16,
    flops: 2 * ROWS * positions * weights,
    bytes: 4 * (ROWS * (records[0] + records[1]) + weights),
  };
  return [
    {
      ...common,
      kernel: 'conv2dForward',
      calls: ([x, y]) => [{ kernel: 'conv2dForward', args: { x, w: 0, b, y, ...windows, filters, activation: RELU } }],
    },
    {
      ...common,
      kernel: 'conv2dInputGradient',
      records: [records[0], records[1], records[0]],
      calls: ([x, dy, dx]) => [
        { kernel: 'conv2dInputGradient', args: { dy, w: 0, x, dx, ...windows, filters, activation: RELU } },
      ],
    },
    {
      ...common,
      kernel: 'conv2dWeightGradient',
      calls: ([x, dy]) => [{ kernel: 'conv2dWeightGradient', args: { x, dy, w: 0, b, ...windows, filters } }],
    },
  ];
}

function pooling(size: number, channels: number): KernelBenchCase[] {
  const windows = windowsOf(size, channels, 2, 2);
  const input = size * size * channels;
  const output = windows.outHeight * windows.outWidth * channels;
  const common = { shape: `${ROWS} × ${size}×${size}×${channels}, 2×2`, rows: ROWS, parameterLength: 0, flops: 0 };
  return [
    {
      ...common,
      kernel: 'maxPool2dForward',
      records: [input, output],
      bytes: 4 * ROWS * (input + output),
      calls: ([x, y]) => [{ kernel: 'maxPool2dForward', args: { x, y, ...windows } }],
    },
    {
      ...common,
      kernel: 'maxPool2dBackward',
      records: [input, output, output, input],
      bytes: 4 * ROWS * (2 * input + 2 * output),
      calls: ([x, y, dy, dx]) => [
        { kernel: 'maxPool2dForward', args: { x, y, ...windows } },
        { kernel: 'maxPool2dBackward', args: { x, y, dy, dx, ...windows, activation: RELU } },
      ],
    },
  ];
}

/** The recurrence alone: products with the recurrent matrix in all steps but the first. */
function lstm(steps: number, units: number): KernelBenchCase[] {
  const sequence = steps * units;
  const shape = { steps, units, activation: 3, recurrentActivation: 2, reversed: 0, mask: -1, keep: -1, c0: -1 };
  const common = {
    shape: `${ROWS} × ${steps} steps, ${units} units`,
    rows: ROWS,
    parameterLength: 4 * units * units,
    flops: 2 * ROWS * (steps - 1) * units * 4 * units,
  };
  return [
    {
      ...common,
      kernel: 'lstmForward',
      records: [4 * sequence, sequence, sequence, sequence, units],
      bytes: 4 * ROWS * 11 * sequence,
      calls: ([z, h, c, previous, last]) => [
        { kernel: 'lstmForward', args: { z, u: 0, h0: -1, h, c, previous, last, ...shape } },
      ],
    },
    {
      ...common,
      kernel: 'lstmBackward',
      records: [4 * sequence, sequence, units, 4 * sequence],
      bytes: 4 * ROWS * 9 * sequence,
      calls: ([gates, c, dLast, dz]) => [
        {
          kernel: 'lstmBackward',
          args: { gates, c, u: 0, dh: -1, dLast, dcLast: -1, dz, dh0: -1, dc0: -1, ...shape },
        },
      ],
    },
  ];
}

const elementwise: KernelBenchCase[] = [
  {
    kernel: 'activationForward',
    shape: `${ROWS} × 4096 tanh`,
    rows: ROWS,
    records: [4096, 4096],
    parameterLength: 0,
    flops: 0,
    bytes: 8 * ROWS * 4096,
    calls: ([x, y]) => [{ kernel: 'activationForward', args: { x, y, size: 4096, activation: 3 } }],
  },
  {
    kernel: 'combine',
    shape: `${ROWS} × 4096, a sum`,
    rows: ROWS,
    records: [4096, 4096, 4096],
    parameterLength: 0,
    flops: 0,
    bytes: 12 * ROWS * 4096,
    calls: ([a, b, y]) => [{ kernel: 'combine', args: { a, b, y, size: 4096, alpha: 1, beta: 1 } }],
  },
  {
    kernel: 'multiply',
    shape: `${ROWS} × 4096`,
    rows: ROWS,
    records: [4096, 4096, 4096],
    parameterLength: 0,
    flops: 0,
    bytes: 12 * ROWS * 4096,
    calls: ([a, b, y]) => [{ kernel: 'multiply', args: { a, b, y, size: 4096 } }],
  },
  {
    kernel: 'maximum',
    shape: `${ROWS} × 4096`,
    rows: ROWS,
    records: [4096, 4096, 4096],
    parameterLength: 0,
    flops: 0,
    bytes: 12 * ROWS * 4096,
    calls: ([a, b, y]) => [{ kernel: 'maximum', args: { a, b, y, size: 4096, smallest: 0 } }],
  },
  {
    kernel: 'maximumBackward',
    shape: `${ROWS} × 4096`,
    rows: ROWS,
    records: [4096, 4096, 4096, 4096, 4096],
    parameterLength: 0,
    flops: 0,
    bytes: 20 * ROWS * 4096,
    calls: ([a, b, dy, da, db]) => [{ kernel: 'maximumBackward', args: { a, b, dy, da, db, size: 4096, smallest: 0 } }],
  },
  {
    kernel: 'copyBlocks',
    shape: `${ROWS} × 64 blocks of 64 into 128`,
    rows: ROWS,
    records: [4096, 8192],
    parameterLength: 0,
    flops: 0,
    bytes: 8 * ROWS * 4096,
    calls: ([x, y]) => [
      {
        kernel: 'copyBlocks',
        args: { x, y, blocks: 64, size: 64, xStride: 64, xStart: 0, yStride: 128, yStart: 64 },
      },
    ],
  },
  {
    kernel: 'matrixProduct',
    shape: `${ROWS} × 64×32·32×64`,
    rows: ROWS,
    records: [2048, 2048, 4096],
    parameterLength: 0,
    flops: 2 * ROWS * 64 * 32 * 64,
    bytes: 0,
    calls: ([a, b, y]) => [
      {
        kernel: 'matrixProduct',
        args: {
          ...{ a, b, y, groups: 1, rows: 64, inner: 32, columns: 64, scale: 1 },
          ...{ aSize: 2048, aGroup: 0, aRow: 32, aTerm: 1, bSize: 2048, bGroup: 0, bTerm: 1, bColumn: 32 },
          ...{ ySize: 4096, yGroup: 0, yRow: 64 },
        },
      },
    ],
  },
  {
    kernel: 'normalizeForward',
    shape: `${ROWS} × 64 vectors of 64`,
    rows: ROWS,
    records: [4096, 4096],
    parameterLength: 0,
    flops: 0,
    bytes: 8 * ROWS * 4096,
    calls: ([x, y]) => [{ kernel: 'normalizeForward', args: { x, y, groups: 64, size: 64 } }],
  },
  {
    kernel: 'normalizeBackward',
    shape: `${ROWS} × 64 vectors of 64`,
    rows: ROWS,
    records: [4096, 4096, 4096],
    parameterLength: 0,
    flops: 0,
    bytes: 12 * ROWS * 4096,
    calls: ([x, dy, dx]) => [{ kernel: 'normalizeBackward', args: { x, dy, dx, groups: 64, size: 64 } }],
  },
  {
    kernel: 'dropout',
    shape: `${ROWS} × 512`,
    rows: ROWS,
    records: [512, 512],
    parameterLength: 0,
    flops: 0,
    bytes: 8 * ROWS * 512,
    calls: ([x, y]) => [
      {
        kernel: 'dropout',
        args: { x, y, outer: 1, draws: 512, inner: 1, rate: 0.3, scale: 1 / 0.7, shift: 0, dropped: 0, layer: 1 },
      },
    ],
  },
  {
    kernel: 'adam',
    shape: '334,848 parameters',
    rows: 1,
    records: [],
    parameterLength: 334_848,
    flops: 0,
    bytes: 7 * 4 * 334_848,
    calls: () => [],
  },
  {
    kernel: 'reduce',
    shape: '334,848 parameters',
    rows: 1,
    records: [],
    parameterLength: 334_848,
    flops: 0,
    bytes: 3 * 4 * 334_848,
    calls: () => [],
  },
];

/** What the four workloads of the budget are made of. */
export const kernelBenchCases: readonly KernelBenchCase[] = [
  ...dense(784, 512),
  ...dense(512, 512),
  ...dense(512, 10),
  ...dense(1600, 128),
  ...dense(32, 64, 32),
  ...dense(64, 1, 32),
  // Parameter-heavy: few rows of a matrix that no cache holds.
  ...dense(4096, 4096, 16),
  ...convolution(28, 1, 32),
  ...convolution(13, 32, 64),
  ...pooling(26, 32),
  ...pooling(11, 64),
  ...lstm(28, 128),
  ...batchNorm(26 * 26, 32),
  ...imageKernelCases(),
  ...elementwise,
  ...lossAndMetricKernelCases,
  ...layerKernelCases,
  ...recurrentKernelCases,
];
