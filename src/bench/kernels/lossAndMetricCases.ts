import { type ElementLoss, elementLosses } from '../../shared/kernels/losses.js';
import type { KernelCall } from '../../shared/kernels/table.js';
import type { KernelBenchCase } from './case.js';

const ROWS = 128;

/** Groups of `size`, one a row, each of which counts once. */
const common = (size: number) => ({ groups: 1, size, weight: -1, sum: 0 });
const lossOf = (size: number) => ({ ...common(size), weightSum: 0, lossWeight: 1 });

/** A kernel over predictions and targets of `size` elements a row; one that `writes` also makes a gradient of them. */
function kernelCase(
  kernel: KernelBenchCase['kernel'],
  what: string,
  size: number,
  writes: boolean,
  call: (buffers: { prediction: number; target: number; gradient: number }) => KernelCall,
  sumCount = 1,
): KernelBenchCase {
  const buffers = writes ? 3 : 2;
  return {
    kernel,
    shape: `${ROWS} × ${what}`,
    rows: ROWS,
    records: new Array<number>(buffers).fill(size),
    parameterLength: 0,
    sumCount,
    flops: 0,
    bytes: 4 * buffers * ROWS * size,
    calls: ([prediction, target, gradient]) => [call({ prediction, target, gradient })],
  };
}

function elementLoss(name: ElementLoss, size: number): KernelBenchCase {
  const options = { divisor: size, smoothing: 0, delta: 1, alpha: -1, gamma: 2 };
  const loss = elementLosses.indexOf(name);
  return kernelCase('elementLoss', `${size} ${name}`, size, true, (buffers) => {
    return { kernel: 'elementLoss', args: { ...buffers, ...lossOf(size), ...options, loss } };
  });
}

const CLASSES = 1000;
const BUCKETS = 200;
const dense = { ...common(CLASSES), sparse: 0 };

const fused: readonly KernelBenchCase[] = [
  {
    kernel: 'softmaxCrossEntropy',
    shape: `${ROWS} × 10 classes`,
    rows: ROWS,
    records: [10, 1, 10, 10],
    parameterLength: 0,
    flops: 0,
    bytes: 4 * ROWS * 31,
    calls: ([logits, target, probabilities, gradient]) => [
      {
        kernel: 'softmaxCrossEntropy',
        args: { logits, target, probabilities, gradient, ...lossOf(10), sparse: 1, smoothing: 0 },
      },
    ],
  },
  {
    kernel: 'sigmoidCrossEntropy',
    shape: `${ROWS} × 512`,
    rows: ROWS,
    records: [512, 512, 512, 512],
    parameterLength: 0,
    flops: 0,
    bytes: 16 * ROWS * 512,
    calls: ([logits, target, probabilities, gradient]) => [
      {
        kernel: 'sigmoidCrossEntropy',
        args: { logits, target, probabilities, gradient, ...lossOf(512), smoothing: 0, alpha: -1, gamma: 0 },
      },
    ],
  },
];

/** Losses and metrics. */
export const lossAndMetricKernelCases: readonly KernelBenchCase[] = [
  ...fused,
  ...elementLosses.map((name) => elementLoss(name, 512)),
  kernelCase('categoricalCrossentropy', `${CLASSES} classes`, CLASSES, true, (buffers) => {
    const options = { sparse: 0, smoothing: 0, alpha: 1, gamma: 0 };
    return { kernel: 'categoricalCrossentropy', args: { ...buffers, ...lossOf(CLASSES), ...options } };
  }),
  kernelCase('categoricalHinge', `${CLASSES} classes`, CLASSES, true, (buffers) => {
    return { kernel: 'categoricalHinge', args: { ...buffers, ...lossOf(CLASSES) } };
  }),
  kernelCase('cosineSimilarity', '512', 512, true, (buffers) => {
    return { kernel: 'cosineSimilarity', args: { ...buffers, ...lossOf(512) } };
  }),
  kernelCase('generalizedCrossEntropy', `${CLASSES} classes`, CLASSES, true, (buffers) => {
    return { kernel: 'generalizedCrossEntropy', args: { ...buffers, ...lossOf(CLASSES), sparse: 0, q: 0.7 } };
  }),
  kernelCase(
    'overlapSums',
    '512 pixels',
    512,
    false,
    ({ prediction, target }) => {
      return { kernel: 'overlapSums', args: { prediction, target, size: 512, bins: 1, sum: 0 } };
    },
    3,
  ),
  kernelCase(
    'overlapLoss',
    '512 pixels',
    512,
    true,
    (buffers) => {
      const sums = { weights: 0, overlap: 1, bins: 1 };
      const shares = { times: 2, shared: 0, wanted: 1, found: 1 };
      return { kernel: 'overlapLoss', args: { ...buffers, ...lossOf(512), ...sums, ...shares } };
    },
    4,
  ),
  kernelCase('classWeights', '1 weight', 1, false, ({ prediction: y, target }) => {
    return { kernel: 'classWeights', args: { target, weight: -1, y, groups: 1, ignored: 255 } };
  }),
  kernelCase('weightSums', '1 weight', 1, false, ({ prediction: weight }) => {
    return { kernel: 'weightSums', args: { weight, groups: 1, sum: 0 } };
  }),
  kernelCase('binaryAccuracy', '512', 512, false, ({ prediction, target }) => {
    return { kernel: 'binaryAccuracy', args: { prediction, target, ...common(512), threshold: 0.5 } };
  }),
  kernelCase('categoricalAccuracy', `${CLASSES} classes`, CLASSES, false, ({ prediction, target }) => {
    return { kernel: 'categoricalAccuracy', args: { prediction, target, ...dense } };
  }),
  kernelCase('topKAccuracy', `${CLASSES} classes, 5 largest`, CLASSES, false, ({ prediction, target }) => {
    return { kernel: 'topKAccuracy', args: { prediction, target, ...dense, top: 5 } };
  }),
  kernelCase(
    'classCounts',
    `${CLASSES} classes`,
    CLASSES,
    false,
    ({ prediction, target }) => {
      return {
        kernel: 'classCounts',
        args: { prediction, target, ...dense, pooled: 0, top: 1, largest: 0, threshold: -1 },
      };
    },
    4 * CLASSES,
  ),
  kernelCase(
    'bucketCounts',
    `1 in ${BUCKETS} buckets`,
    1,
    false,
    ({ prediction, target }) => {
      return {
        kernel: 'bucketCounts',
        args: { prediction, target, ...common(1), sparse: 0, pooled: 1, buckets: BUCKETS },
      };
    },
    2 * BUCKETS,
  ),
  kernelCase(
    'residualSums',
    '512',
    512,
    false,
    ({ prediction, target }) => {
      return { kernel: 'residualSums', args: { prediction, target, ...common(512) } };
    },
    1 + 3 * 512,
  ),
];
