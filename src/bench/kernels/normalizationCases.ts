import type { KernelName } from '../../shared/kernels/table.js';
import { type KernelBenchCase, RELU, ROWS } from './case.js';

export function batchNorm(inner: number, channels: number): KernelBenchCase[] {
  const record = inner * channels;
  const shape = { inner, channels };
  const shared = { sum: 0, epsilon: 1e-3, ...shape };
  const [gamma, beta, mean, variance] = [0, channels, 2 * channels, 3 * channels];
  const common = {
    shape: `${ROWS} × ${inner} × ${channels} channels`,
    rows: ROWS,
    parameterLength: 4 * channels,
    sumCount: 4 * channels,
    flops: 0,
  };
  const gradientSum = 2 * channels;
  /** A line for a kernel over `buffers` records of x. */
  const line = (
    kernel: KernelName,
    buffers: number,
    calls: KernelBenchCase['calls'],
    bytes = 4 * ROWS * record * buffers,
  ): KernelBenchCase => ({ ...common, kernel, records: Array.from({ length: buffers }, () => record), bytes, calls });
  return [
    line('batchNormSums', 1, ([x]) => [{ kernel: 'batchNormSums', args: { x, sum: 0, ...shape } }]),
    line('batchNormForward', 2, ([x, y]) => [{ kernel: 'batchNormForward', args: { x, y, gamma, beta, ...shared } }]),
    line('batchNormInference', 2, ([x, y]) => [
      { kernel: 'batchNormInference', args: { x, y, gamma, beta, mean, variance, epsilon: 1, ...shape } },
    ]),
    line('batchNormGradientSums', 2, ([x, dy]) => [
      { kernel: 'batchNormGradientSums', args: { x, dy, gamma, beta, gradientSum, ...shared } },
    ]),
    line('batchNormInputGradient', 3, ([x, dy, dx]) => [
      { kernel: 'batchNormInputGradient', args: { x, dy, dx, gamma, gradientSum, activation: RELU, ...shared } },
    ]),
    line('batchNormFrozenGradient', 2, ([dy, dx]) => [
      { kernel: 'batchNormFrozenGradient', args: { dy, dx, gamma, variance, epsilon: 1, ...shape } },
    ]),
    line(
      'batchNormAverages',
      0,
      () => [{ kernel: 'batchNormAverages', args: { mean, variance, sum: 0, momentum: 0.99, ...shape } }],
      8 * 8 * channels,
    ),
  ];
}
