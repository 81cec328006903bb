import { sync } from '../../src/coordinator/compiler/lower/instructions.js';
import { activations, inputActivations } from '../../src/shared/kernels/activations.js';
import { elementwiseCases } from './elementwiseCases.js';
import { embeddingCases } from './embeddingCases.js';
import { imageCases } from './imageCases.js';
import { aligned, type Content, call, type KernelCase, uniform, unwritten, zeroOrOne } from './kernelCase.js';
import { fillClasses, fillParameters, fillUniform, type TestArena, testArena } from './kernelMemory.js';
import { lossCases } from './lossCases.js';
import { recurrentCases } from './recurrentCases.js';
import { convolutionWindows, describeWindows, poolingWindows, windowArguments } from './windows.js';

/** Row counts of batches: fewer rows than shards, as many, and ragged ones. */
export const batchSizes: readonly number[] = [1, 2, 7, 8, 29];

/** Numbers of ranks over which every law runs. */
export const workerCounts: readonly number[] = [1, 2, 3, 5, 8];

/** An arena for a case, its inputs and parameters filled: the same values whatever the number of ranks. */
export function arenaFor(kernelCase: KernelCase, batchRows: number, shards = 8): TestArena<string, never> {
  const { buffers, parameterLength, sumCount } = kernelCase;
  const sizes = Object.fromEntries(Object.entries(buffers).map(([name, { size }]) => [name, size]));
  const arena = testArena<string>({ batchRows, shards, buffers: sizes, parameterLength, sumCount });
  Object.entries(buffers).forEach(([name, { content }], key) => {
    fillWith(arena, name, content, key + 1);
  });
  fillParameters(arena, 1000, [-0.5, 0.5]);
  return arena;
}

function fillWith(arena: TestArena<string, never>, name: string, content: Content, key: number): void {
  if (content.kind === 'uniform') fillUniform(arena, name, key, [content.low, content.high]);
  if (content.kind === 'classes') fillClasses(arena, name, key, content.classes);
  if (content.kind === 'oneHot') fillOneHot(arena, name, key, content.size);
  if (content.kind === 'bits') fillOneHot(arena, name, key, 1);
}

/** Groups of `size` elements with a single 1; groups of one element are 0 or 1. */
function fillOneHot({ memory, at, lengths }: TestArena<string, never>, name: string, key: number, size: number): void {
  for (let e = 0; e < lengths[name]; e++) {
    const group = Math.floor(e / size);
    const mixed = (group * 7 + key * 3 + (group >> 2)) % Math.max(size, 2);
    memory.f32[at[name] + e] = size === 1 ? mixed : Number(e % size === mixed);
  }
}

function denseCase(inner: number, inputs: number, units: number, activation: number, bias = true): KernelCase {
  const sizes = { inner, inputs, units };
  const w = 16;
  const b = bias ? w + aligned(inputs * units) : -1;
  return {
    name: `dense ${inner}×${inputs}→${units} ${activations[activation]}${bias ? '' : ', no bias'}`,
    buffers: {
      x: uniform(inner * inputs),
      dy: uniform(inner * units),
      y: unwritten(inner * units),
      dx: unwritten(inner * inputs),
    },
    parameterLength: w + aligned(inputs * units) + aligned(units),
    sumCount: 0,
    calls: ({ x, y, dy, dx }) => [
      call('denseForward', { x, w, b, y, ...sizes, activation }),
      call('denseInputGradient', { dy, w, x, dx, ...sizes, activation }),
      call('denseWeightGradient', { x, dy, w, b, ...sizes }),
    ],
  };
}

function convolutionCase(index: number, filters: number, activation: number, bias = true): KernelCase {
  const windows = windowArguments(convolutionWindows[index]);
  const input = windows.height * windows.width * windows.channels;
  const output = windows.outHeight * windows.outWidth * filters;
  const weights = windows.windowHeight * windows.windowWidth * windows.channels * filters;
  const w = 0;
  const b = bias ? aligned(weights) : -1;
  return {
    name: `conv2d ${describeWindows(convolutionWindows[index])}, ${filters} filters, ${activations[activation]}`,
    buffers: { x: uniform(input), dy: uniform(output), y: unwritten(output), dx: unwritten(input) },
    parameterLength: aligned(weights) + aligned(filters),
    sumCount: 0,
    calls: ({ x, y, dy, dx }) => [
      call('conv2dForward', { x, w, b, y, ...windows, filters, activation }),
      call('conv2dInputGradient', { dy, w, x, dx, ...windows, filters, activation }),
      call('conv2dWeightGradient', { x, dy, w, b, ...windows, filters }),
    ],
  };
}

function poolingCase(index: number, activation: number, shared = 0): KernelCase {
  const windows = windowArguments(poolingWindows[index]);
  const input = windows.height * windows.width * windows.channels;
  const output = windows.outHeight * windows.outWidth * windows.channels;
  return {
    name: `maxPool2d ${describeWindows(poolingWindows[index])}, ${activations[activation]}${shared ? ', ties share' : ''}`,
    buffers: {
      // Many of which tie.
      x: shared ? zeroOrOne(input) : uniform(input),
      dy: uniform(output),
      y: unwritten(output),
      dx: unwritten(input),
    },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ x, y, dy, dx }) => [
      call('maxPool2dForward', { x, y, ...windows }),
      call('maxPool2dBackward', { x, y, dy, dx, ...windows, activation, shared }),
    ],
  };
}

function activationCase(size: number, activation: number): KernelCase {
  return {
    name: `activation ${activations[activation]} of ${size}`,
    buffers: { x: uniform(size, -4, 4), dy: uniform(size), y: unwritten(size), dx: unwritten(size) },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ x, y, dy, dx }) => [
      call('activationForward', { x, y, size, activation }),
      call('activationBackward', { y, dy, dx, size, activation }),
      call('activationBackward', { y, dy, dx: dy, size, activation }),
    ],
  };
}

function inputActivationCase(size: number, activation: number): KernelCase {
  const shape = { size, activation, alpha: 0.3, threshold: 0.5, limit: 2 };
  return {
    name: `activation ${inputActivations[activation]} of ${size}`,
    buffers: { x: uniform(size, -4, 4), dy: uniform(size), y: unwritten(size), dx: unwritten(size) },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ x, y, dy, dx }) => [
      call('inputActivationForward', { x, y, ...shape }),
      call('inputActivationBackward', { x, dy, dx, ...shape }),
      call('inputActivationBackward', { x, dy, dx: dy, ...shape }),
    ],
  };
}

function preluCase(outer: number, slopes: number, inner: number): KernelCase {
  const size = outer * slopes * inner;
  const shape = { alpha: 16, outer, slopes, inner };
  return {
    name: `prelu of ${outer}×${slopes}×${inner}`,
    buffers: { x: uniform(size), dy: uniform(size), y: unwritten(size), dx: unwritten(size) },
    parameterLength: 16 + aligned(slopes),
    sumCount: 0,
    calls: ({ x, y, dy, dx }) => [
      call('preluForward', { x, y, ...shape }),
      call('preluInputGradient', { x, dy, dx, ...shape }),
      call('preluWeightGradient', { x, dy, ...shape }),
    ],
  };
}

function layerNormCase(groups: number, size: number, weighted = true): KernelCase {
  const record = groups * size;
  const [gamma, beta] = weighted ? [0, aligned(size)] : [-1, -1];
  return {
    name: `layer normalization of ${groups}×${size}${weighted ? '' : ' without gamma and beta'}`,
    buffers: {
      x: uniform(record, 1, 3),
      dy: uniform(record),
      y: unwritten(record),
      dx: unwritten(record),
      statistics: unwritten(2 * groups),
    },
    parameterLength: 2 * aligned(size),
    sumCount: 0,
    calls: ({ x, dy, y, dx, statistics }) => [
      call('layerNormForward', { x, y, statistics, gamma, beta, groups, size, epsilon: 0.01 }),
      call('layerNormInputGradient', { x, dy, dx, statistics, gamma, groups, size }),
      call('layerNormWeightGradient', { x, dy, statistics, gamma, beta, groups, size }),
    ],
  };
}

function softmaxCase(groups: number, size: number): KernelCase {
  const record = groups * size;
  return {
    name: `softmax of ${groups}×${size}`,
    buffers: {
      x: uniform(record, -8, 8),
      dy: uniform(record),
      y: unwritten(record),
      dx: unwritten(record),
      log: unwritten(record),
      dLog: unwritten(record),
      sparse: unwritten(record),
      dSparse: unwritten(record),
    },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ x, y, dy, dx, log, dLog, sparse, dSparse }) => [
      call('softmaxForward', { x, y, groups, size }),
      call('softmaxBackward', { y, dy, dx, groups, size }),
      call('logSoftmaxForward', { x, y: log, groups, size }),
      call('logSoftmaxBackward', { y: log, dy, dx: dLog, groups, size }),
      call('sparsemaxForward', { x, y: sparse, groups, size }),
      call('sparsemaxBackward', { y: sparse, dy, dx: dSparse, groups, size }),
    ],
  };
}

/** The arguments of dropout as the layer Dropout has them: every element has a draw of its own. */
export function plainDropout(size: number, rate: number) {
  return { outer: 1, draws: size, inner: 1, rate, scale: 1 / (1 - rate), shift: 0, dropped: 0 };
}

/** Products of the kind attention takes: a row holds (steps, heads, features), and each head is a matrix. */
function headsCase(heads: number, queries: number, keys: number, features: number): KernelCase {
  const [query, key, score] = [queries * heads * features, keys * heads * features, heads * queries * keys];
  const [row, sizes] = [heads * features, { groups: heads, rows: queries }];
  return {
    name: `products and masked softmax of ${heads} heads, ${queries} queries, ${keys} keys of ${features}`,
    buffers: {
      q: uniform(query),
      k: uniform(key),
      mask: zeroOrOne(keys),
      scores: unwritten(score),
      probabilities: unwritten(score),
      masked: unwritten(score),
      attended: unwritten(query),
    },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ q, k, mask, scores, probabilities, masked, attended }) => [
      call('matrixProduct', {
        ...{ a: q, b: k, y: scores, ...sizes, inner: features, columns: keys, scale: 0.7 },
        ...{
          aSize: query,
          aGroup: features,
          aRow: row,
          aTerm: 1,
          bSize: key,
          bGroup: features,
          bTerm: 1,
          bColumn: row,
        },
        ...{ ySize: score, yGroup: queries * keys, yRow: keys },
      }),
      call('maskedSoftmaxForward', { x: scores, y: probabilities, mask: -1, heads, queries, keys, causal: 1 }),
      call('maskedSoftmaxForward', { x: scores, y: masked, mask, heads, queries, keys, causal: 0 }),
      call('matrixProduct', {
        ...{ a: masked, b: k, y: attended, ...sizes, inner: keys, columns: features, scale: 1 },
        ...{ aSize: score, aGroup: queries * keys, aRow: keys, aTerm: 1 },
        ...{ bSize: key, bGroup: features, bTerm: row, bColumn: 1, ySize: query, yGroup: features, yRow: row },
      }),
    ],
  };
}

function dropoutCase(outer: number, draws: number, inner: number, rate: number): KernelCase {
  const size = outer * draws * inner;
  const shape = { outer, draws, inner, rate };
  return {
    name: `dropout ${rate} of ${outer}×${draws}×${inner}`,
    buffers: { x: uniform(size), y: unwritten(size), z: uniform(size) },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ x, y, z }) => [
      call('dropout', { x, y, ...shape, scale: 0.9, shift: 0.2, dropped: -1, layer: 3 }),
      call('dropout', { x: z, y: z, ...shape, scale: 2, shift: 0, dropped: 0, layer: 4 }),
    ],
  };
}

function gaussianCase(size: number): KernelCase {
  return {
    name: `gaussian noise of ${size}`,
    buffers: {
      ...{ x: uniform(size), noisy: unwritten(size), scaled: unwritten(size), z: uniform(size) },
      ...{ flat: unwritten(size), normal: unwritten(size), truncated: unwritten(size) },
    },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ x, noisy, scaled, z, flat, normal, truncated }) => [
      call('randomRows', { y: flat, size, distribution: 0, layer: 4 }),
      call('randomRows', { y: normal, size, distribution: 1, layer: 5 }),
      call('randomRows', { y: truncated, size, distribution: 2, layer: 6 }),
      call('gaussianNoise', { x, y: noisy, size, deviation: 0.5, layer: 3 }),
      call('gaussianDropout', { x, y: scaled, size, deviation: 0.5, layer: 4 }),
      call('gaussianDropout', { x: z, y: z, size, deviation: 2, layer: 5 }),
    ],
  };
}

/** Merges of two buffers of `size` elements, in place and not, with their gradients. */
function mergeCase(size: number, smallest: number): KernelCase {
  const names = ['sum', 'scaled', 'product', 'extreme', 'da', 'db', 'inPlace'];
  return {
    name: `merges of two rows of ${size}, ${smallest ? 'minimum' : 'maximum'}`,
    buffers: {
      a: uniform(size),
      b: uniform(size),
      dy: uniform(size),
      ...Object.fromEntries(names.map((name) => [name, unwritten(size)])),
    },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ a, b, dy, sum, scaled, product, extreme, da, db, inPlace }) => [
      call('combine', { a, b, y: sum, size, alpha: 1, beta: -0.5 }),
      call('combine', { a, b: -1, y: scaled, size, alpha: 0.3, beta: 0 }),
      call('multiply', { a, b, y: product, size }),
      call('maximum', { a, b, y: extreme, size, smallest }),
      call('maximumBackward', { a, b, dy, da, db, size, smallest }),
      call('combine', { a: sum, b: product, y: inPlace, size, alpha: 1, beta: 1 }),
      call('multiply', { a: inPlace, b: dy, y: inPlace, size }),
    ],
  };
}

/** Two buffers side by side in blocks, and one of them taken out again. */
function blocksCase(blocks: number, left: number, right: number): KernelCase {
  const whole = { yStride: left + right, blocks };
  return {
    name: `${blocks} blocks of ${left} and ${right}`,
    buffers: {
      a: uniform(blocks * left),
      b: uniform(blocks * right),
      y: unwritten(blocks * (left + right)),
      back: unwritten(blocks * right),
    },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ a, b, y, back }) => [
      call('copyBlocks', { x: a, y, size: left, xStride: left, xStart: 0, yStart: 0, ...whole }),
      call('copyBlocks', { x: b, y, size: right, xStride: right, xStart: 0, yStart: left, ...whole }),
      call('copyBlocks', {
        x: y,
        y: back,
        blocks,
        size: right,
        xStride: left + right,
        xStart: left,
        yStride: right,
        yStart: 0,
      }),
    ],
  };
}

/** The arguments of a product of dense matrices, each of which may be stored as its transpose, group by group. */
export function productArguments(
  { groups, rows, inner, columns }: { groups: number; rows: number; inner: number; columns: number },
  transposeA: boolean,
  transposeB: boolean,
) {
  const [aRow, aTerm] = transposeA ? [1, rows] : [inner, 1];
  const [bTerm, bColumn] = transposeB ? [1, inner] : [columns, 1];
  return {
    ...{ groups, rows, inner, columns },
    ...{ aSize: groups * rows * inner, aGroup: rows * inner, aRow, aTerm },
    ...{ bSize: groups * inner * columns, bGroup: inner * columns, bTerm, bColumn },
    ...{ ySize: groups * rows * columns, yGroup: rows * columns, yRow: columns },
  };
}

/** A product of two matrices in the four ways in which they may be stored. */
function productCase(groups: number, rows: number, inner: number, columns: number): KernelCase {
  const sizes = { groups, rows, inner, columns };
  const ways = [0, 1, 2, 3];
  return {
    name: `${groups} products of ${rows}×${inner} and ${inner}×${columns}`,
    buffers: {
      a: uniform(groups * rows * inner),
      b: uniform(groups * inner * columns),
      ...Object.fromEntries(ways.map((way) => [`y${way}`, unwritten(groups * rows * columns)])),
    },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ a, b, ...y }) =>
      ways.map((way) =>
        call('matrixProduct', { a, b, y: y[`y${way}`], scale: 1, ...productArguments(sizes, (way & 1) > 0, way > 1) }),
      ),
  };
}

function normalizeCase(groups: number, size: number): KernelCase {
  const record = groups * size;
  return {
    name: `vectors of ${size}, ${groups} a row, brought to length 1`,
    buffers: { x: uniform(record), y: unwritten(record), dy: uniform(record), dx: unwritten(record) },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ x, y, dy, dx }) => [
      call('normalizeForward', { x, y, groups, size }),
      call('normalizeBackward', { x, dy, dx, groups, size }),
    ],
  };
}

/** Batch normalization in training, at inference and frozen; parameters are gamma, beta, mean, variance. */
export function batchNormCase(inner: number, channels: number, centerAndScale = true): KernelCase {
  const record = inner * channels;
  const [gamma, beta] = centerAndScale ? [0, channels] : [-1, -1];
  const [mean, variance] = [2 * channels, 3 * channels];
  const shape = { inner, channels };
  const shared = { sum: 0, epsilon: 1e-3, ...shape };
  return {
    name: `batch normalization of ${inner}×${channels}${centerAndScale ? '' : ' without gamma and beta'}`,
    buffers: {
      x: uniform(record, 1, 3),
      dy: uniform(record),
      y: unwritten(record),
      dx: unwritten(record),
      inferred: unwritten(record),
      frozen: unwritten(record),
    },
    parameterLength: 4 * channels,
    sumCount: 4 * channels,
    calls: ({ x, dy, y, dx, inferred, frozen }) => [
      call('batchNormSums', { x, sum: 0, ...shape }),
      sync,
      call('batchNormForward', { x, y, gamma, beta, ...shared }),
      call('batchNormGradientSums', { x, dy, gamma, beta, gradientSum: 2 * channels, ...shared }),
      sync,
      call('batchNormInputGradient', { x, dy, dx, gamma, gradientSum: 2 * channels, activation: RELU, ...shared }),
      // The variance of uniforms in (−0.5, 0.5) may be negative; epsilon keeps the root real.
      call('batchNormInference', { x, y: inferred, gamma, beta, mean, variance, epsilon: 1, ...shape }),
      call('batchNormFrozenGradient', { dy, dx: frozen, gamma, variance, epsilon: 1, ...shape }),
    ],
    averages: () => [call('batchNormAverages', { mean, variance, sum: 0, momentum: 0.9, ...shape })],
  };
}

const [LINEAR, RELU, SIGMOID, TANH] = activations.keys();

/** Every kernel at least once: sizes of 1, primes, powers of two and sizes just beyond them. */
export const kernelCases: readonly KernelCase[] = [
  denseCase(1, 1, 1, LINEAR),
  denseCase(1, 7, 5, RELU),
  denseCase(1, 64, 10, LINEAR),
  denseCase(1, 33, 17, TANH),
  denseCase(3, 4, 1, SIGMOID),
  denseCase(2, 1, 13, LINEAR, false),
  convolutionCase(0, 1, LINEAR),
  convolutionCase(1, 5, RELU),
  convolutionCase(2, 4, LINEAR),
  convolutionCase(3, 3, TANH),
  convolutionCase(4, 16, RELU),
  convolutionCase(5, 7, SIGMOID, false),
  convolutionCase(6, 3, LINEAR),
  convolutionCase(7, 17, RELU),
  convolutionCase(8, 2, LINEAR),
  ...imageCases,
  ...poolingWindows.flatMap((_, index) =>
    [0, 1].map((shared) => poolingCase(index, index % 2 ? RELU : LINEAR, shared)),
  ),
  ...activations.flatMap((_, activation) => [1, 19, 64].map((size) => activationCase(size, activation))),
  ...inputActivations.flatMap((_, activation) => [1, 19, 64].map((size) => inputActivationCase(size, activation))),
  preluCase(1, 1, 1),
  preluCase(1, 37, 1),
  preluCase(6, 16, 1),
  preluCase(2, 3, 19),
  layerNormCase(1, 1),
  layerNormCase(1, 19),
  layerNormCase(5, 32),
  layerNormCase(3, 7, false),
  batchNormCase(1, 1),
  batchNormCase(1, 19),
  batchNormCase(6, 16),
  batchNormCase(9, 5, false),
  mergeCase(1, 0),
  mergeCase(19, 1),
  mergeCase(64, 0),
  blocksCase(1, 1, 5),
  blocksCase(3, 17, 16),
  productCase(1, 1, 1, 1),
  productCase(2, 5, 17, 3),
  productCase(1, 16, 3, 33),
  productCase(1, 2, 300, 2),
  normalizeCase(2, 4),
  normalizeCase(3, 19),
  ...elementwiseCases,
  ...recurrentCases,
  ...embeddingCases,
  softmaxCase(1, 1),
  softmaxCase(1, 10),
  softmaxCase(3, 17),
  headsCase(1, 1, 1, 1),
  headsCase(3, 5, 7, 4),
  headsCase(2, 33, 19, 17),
  dropoutCase(1, 1, 1, 0.5),
  dropoutCase(1, 23, 1, 0.1),
  dropoutCase(1, 130, 1, 0.7),
  dropoutCase(5, 70, 1, 0.4),
  dropoutCase(2, 3, 17, 0.4),
  gaussianCase(1),
  gaussianCase(23),
  gaussianCase(150),
  ...lossCases,
];
