import { binaryNames, reductions, unaryNames } from '../../shared/kernels/elementwise.js';
import type { KernelCall, KernelName } from '../../shared/kernels/table.js';
import type { KernelBenchCase } from './case.js';

const ROWS = 128;

/** A kernel that passes over `buffers` records of `record` elements once. */
function pass(
  kernel: KernelName,
  shape: string,
  record: number,
  buffers: number,
  parameterLength: number,
  calls: (buffers: readonly number[]) => readonly KernelCall[],
): KernelBenchCase {
  const records = Array.from({ length: buffers }, () => record);
  const bytes = 4 * ROWS * buffers * record;
  return { kernel, shape: `${ROWS} × ${shape}`, rows: ROWS, records, parameterLength, flops: 0, bytes, calls };
}

const GELU = 4;
const gelu = { size: 4096, activation: GELU, alpha: 0, threshold: 0, limit: 1 };
const slopes = { alpha: 0, outer: 169, slopes: 32, inner: 1 };
const norm = { gamma: 0, groups: 64, size: 64 };
const normRecord = norm.groups * norm.size;
const preluRecord = slopes.outer * slopes.slopes;
const softmax = { groups: 64, size: 64 };
/** The dearest function, and the cheapest of two numbers. */
const tanh = { size: 4096, function: unaryNames.indexOf('tanh') };
const difference = { size: 4096, function: binaryNames.indexOf('sub'), number: 0, reversed: 0 };
const reduction = reductions.indexOf('sum');
const NOISE = { size: 512, deviation: 0.1, layer: 1 };

/** Activations that need their input, normalization within rows, noise: at sizes of a small Transformer or GAN. */
export const layerKernelCases: readonly KernelBenchCase[] = [
  pass('inputActivationForward', '4096 gelu', 4096, 2, 0, ([x, y]) => [
    { kernel: 'inputActivationForward', args: { x, y, ...gelu } },
  ]),
  pass('inputActivationBackward', '4096 gelu', 4096, 3, 0, ([x, dy, dx]) => [
    { kernel: 'inputActivationBackward', args: { x, dy, dx, ...gelu } },
  ]),
  pass('preluForward', '13×13×32', preluRecord, 2, 32, ([x, y]) => [
    { kernel: 'preluForward', args: { x, y, ...slopes } },
  ]),
  pass('preluInputGradient', '13×13×32', preluRecord, 3, 32, ([x, dy, dx]) => [
    { kernel: 'preluInputGradient', args: { x, dy, dx, ...slopes } },
  ]),
  pass('preluWeightGradient', '13×13×32', preluRecord, 2, 32, ([x, dy]) => [
    { kernel: 'preluWeightGradient', args: { x, dy, ...slopes } },
  ]),
  pass('layerNormForward', '64×64', normRecord, 3, 128, ([x, y, statistics]) => [
    { kernel: 'layerNormForward', args: { x, y, statistics, beta: 64, epsilon: 1e-3, ...norm } },
  ]),
  pass('layerNormInputGradient', '64×64', normRecord, 4, 128, ([x, dy, dx, statistics]) => [
    { kernel: 'layerNormInputGradient', args: { x, dy, dx, statistics, ...norm } },
  ]),
  pass('layerNormWeightGradient', '64×64', normRecord, 3, 128, ([x, dy, statistics]) => [
    { kernel: 'layerNormWeightGradient', args: { x, dy, statistics, beta: 64, ...norm } },
  ]),
  pass('activationBackward', '4096 tanh', 4096, 3, 0, ([y, dy, dx]) => [
    { kernel: 'activationBackward', args: { y, dy, dx, size: 4096, activation: 3 } },
  ]),
  pass('softmaxForward', '64×64', 4096, 2, 0, ([x, y]) => [{ kernel: 'softmaxForward', args: { x, y, ...softmax } }]),
  pass('softmaxBackward', '64×64', 4096, 3, 0, ([y, dy, dx]) => [
    { kernel: 'softmaxBackward', args: { y, dy, dx, ...softmax } },
  ]),
  pass('logSoftmaxForward', '64×64', 4096, 2, 0, ([x, y]) => [
    { kernel: 'logSoftmaxForward', args: { x, y, ...softmax } },
  ]),
  pass('logSoftmaxBackward', '64×64', 4096, 3, 0, ([y, dy, dx]) => [
    { kernel: 'logSoftmaxBackward', args: { y, dy, dx, ...softmax } },
  ]),
  pass('sparsemaxForward', '64×64', 4096, 2, 0, ([x, y]) => [
    { kernel: 'sparsemaxForward', args: { x, y, ...softmax } },
  ]),
  pass('sparsemaxBackward', '64×64', 4096, 3, 0, ([y, dy, dx]) => [
    { kernel: 'sparsemaxBackward', args: { y, dy, dx, ...softmax } },
  ]),
  pass('maskedSoftmaxForward', '64×64 causal', 4096, 2, 0, ([x, y]) => [
    { kernel: 'maskedSoftmaxForward', args: { x, y, mask: -1, heads: 1, queries: 64, keys: 64, causal: 1 } },
  ]),
  pass('unary', '4096 tanh', 4096, 2, 0, ([x, y]) => [{ kernel: 'unary', args: { x, y, ...tanh } }]),
  pass('binary', '4096 sub', 4096, 3, 0, ([a, b, y]) => [{ kernel: 'binary', args: { a, b, y, ...difference } }]),
  pass('select', '4096', 4096, 4, 0, ([condition, a, b, y]) => [
    { kernel: 'select', args: { condition, a, b, y, size: 4096, aNumber: 0, bNumber: 0 } },
  ]),
  pass('reduceAxis', '64×64 last', 4096, 2, 0, ([x, y]) => [
    { kernel: 'reduceAxis', args: { x, y, outer: 64, length: 64, inner: 1, reduction } },
  ]),
  pass('repeatParameter', '4096', 4096, 1, 4096, ([y]) => [
    { kernel: 'repeatParameter', args: { w: 0, y, size: 4096 } },
  ]),
  pass('gaussianNoise', '512', 512, 2, 0, ([x, y]) => [{ kernel: 'gaussianNoise', args: { x, y, ...NOISE } }]),
  pass('randomRows', '512 normal', 512, 1, 0, ([y]) => [
    { kernel: 'randomRows', args: { y, size: 512, distribution: 1, layer: 3 } },
  ]),
  pass('gaussianDropout', '512', 512, 2, 0, ([x, y]) => [{ kernel: 'gaussianDropout', args: { x, y, ...NOISE } }]),
];
