import '@tensorflow/tfjs-backend-cpu';
import { describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs-core';
import { metrics } from '@tensorflow/tfjs-layers';
import { activations } from '../../../src/shared/kernels/activations.js';
import { elementLosses } from '../../../src/shared/kernels/losses.js';
import { referenceKernels as kernels } from '../../../src/shared/kernels/reference/index.js';
import { assertClose } from '../../helpers/finiteDifferences.js';
import {
  fillClasses,
  fillParameters,
  fillUniform,
  passesFor,
  read,
  readSums,
  runAll,
  type TestArena,
  testArena,
} from '../../helpers/kernelMemory.js';
import { plainEntropy } from '../../helpers/lossCases.js';
import { convolutionWindows, describeWindows, poolingWindows, windowArguments } from '../../helpers/windows.js';

const ROWS = 5;
const passes = passesFor(ROWS, 1, 1, { slabs: [-1] });

const tensorflowActivations = {
  linear: (x: tf.Tensor) => x,
  relu: tf.relu,
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  hardSigmoid: (x: tf.Tensor) => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1),
  hardSigmoid6: (x: tf.Tensor) => tf.div(tf.relu6(tf.add(x, 3)), 6),
  relu6: tf.relu6,
  elu: tf.elu,
  selu: tf.selu,
  softplus: tf.softplus,
  softsign: (x: tf.Tensor) => tf.div(x, tf.add(tf.abs(x), 1)),
  step: tf.step,
  leakyRelu: (x: tf.Tensor) => tf.leakyRelu(x, 0.2),
};

describe('the reference kernels compute what TensorFlow.js computes', () => {
  activations.forEach((name, activation) => {
    test(`dense with ${name}`, () => {
      const sizes = { inner: 2, inputs: 7, units: 5 };
      const arena = testArena({ batchRows: ROWS, buffers: { x: 14, y: 10 }, parameterLength: 40 });
      fillUniform(arena, 'x', 1, [-2, 2]);
      fillParameters(arena, 2);
      runAll(kernels.denseForward, arena.memory, passes, { ...arena.at, w: 0, b: 35, ...sizes, activation });
      const product = tf.matMul(tf.tensor2d(read(arena, 'x'), [ROWS * 2, 7]), parameter(arena, 0, [7, 5]));
      const expected = tensorflowActivations[name](tf.add(product, parameter(arena, 35, [5])));
      assertClose(read(arena, 'y'), expected.dataSync(), 1e-6, 'y');
    });
  });

  for (const windowCase of convolutionWindows) {
    test(`conv2d ${describeWindows(windowCase)}`, () => {
      const { image, window, strides = [1, 1], dilation = [1, 1], padding } = windowCase;
      const filters = 3;
      const windows = windowArguments(windowCase);
      const weights = window[0] * window[1] * image[2] * filters;
      const arena = testArena({
        batchRows: ROWS,
        buffers: { x: image[0] * image[1] * image[2], y: windows.outHeight * windows.outWidth * filters },
        parameterLength: weights,
      });
      fillUniform(arena, 'x', 1);
      fillParameters(arena, 2);
      const activation = activations.indexOf('linear');
      runAll(kernels.conv2dForward, arena.memory, passes, {
        ...arena.at,
        w: 0,
        b: -1,
        ...windows,
        filters,
        activation,
      });
      const expected = tf.conv2d(
        tf.tensor4d(read(arena, 'x'), [ROWS, ...image]),
        parameter(arena, 0, [...window, image[2], filters]) as tf.Tensor4D,
        [...strides],
        padding,
        'NHWC',
        [...dilation],
      );
      assertClose(read(arena, 'y'), expected.dataSync(), 1e-6, 'y');
    });
  }

  for (const windowCase of poolingWindows) {
    test(`maxPool2d ${describeWindows(windowCase)}`, () => {
      const { image, window, strides = [1, 1], padding } = windowCase;
      const windows = windowArguments(windowCase);
      const arena = testArena({
        batchRows: ROWS,
        buffers: {
          x: image[0] * image[1] * image[2],
          y: windows.outHeight * windows.outWidth * image[2],
        },
      });
      // Values below zero: padding must not win.
      fillUniform(arena, 'x', 1, [-2, -1]);
      runAll(kernels.maxPool2dForward, arena.memory, passes, { ...arena.at, ...windows });
      const x = tf.tensor4d(read(arena, 'x'), [ROWS, ...image]);
      assertClose(read(arena, 'y'), tf.maxPool(x, [...window], [...strides], padding).dataSync(), 0, 'y');
    });
  }

  test('softmax', () => {
    const arena = testArena({ batchRows: ROWS, buffers: { x: 21, y: 21 } });
    fillUniform(arena, 'x', 1, [-20, 20]);
    runAll(kernels.softmaxForward, arena.memory, passes, { ...arena.at, groups: 3, size: 7 });
    assertClose(read(arena, 'y'), tf.softmax(tf.tensor2d(read(arena, 'x'), [ROWS * 3, 7])).dataSync(), 1e-6, 'y');
  });

  test('categorical cross-entropy and accuracy, one-hot and by class', () => {
    const size = 7;
    const arena = testArena({
      batchRows: ROWS,
      buffers: { prediction: size, classes: 1, oneHot: size },
      sumCount: 4,
      shards: 1,
    });
    fillUniform(arena, 'prediction', 1, [0, 1]);
    fillClasses(arena, 'classes', 2, size);
    const classes = arena.memory.i32.slice(arena.at.classes, arena.at.classes + ROWS);
    const oneHot = tf.oneHot(classes, size);
    arena.memory.f32.set(oneHot.dataSync(), arena.at.oneHot);
    for (const sparse of [0, 1]) {
      const target = sparse ? arena.at.classes : arena.at.oneHot;
      const args = { prediction: arena.at.prediction, target, ...plain(size), sparse };
      const loss = { ...args, smoothing: 0, alpha: 1, gamma: 0, gradient: -1, sum: 2 * sparse };
      runAll(kernels.categoricalCrossentropy, arena.memory, passes, loss);
      runAll(kernels.categoricalAccuracy, arena.memory, passes, { ...args, sum: 2 * sparse + 1 });
    }
    const prediction = tf.tensor2d(read(arena, 'prediction'), [ROWS, size]);
    const loss = total(metrics.categoricalCrossentropy(oneHot, prediction));
    const accuracy = total(metrics.categoricalAccuracy(oneHot, prediction));
    assertClose(readSums(arena), [loss, accuracy, loss, accuracy], 1e-6, 'sums');
  });

  test('the loss of logits is the loss of their softmax', () => {
    const arena = testArena({
      batchRows: ROWS,
      buffers: { logits: 7, probabilities: 7, target: 1 },
      sumCount: 2,
      shards: 1,
    });
    const shape = { target: arena.at.target, gradient: -1, ...plain(7), sparse: 1, smoothing: 0 };
    fillUniform(arena, 'logits', 1, [-3, 3]);
    fillClasses(arena, 'target', 2, 7);
    const { logits, probabilities } = arena.at;
    runAll(kernels.softmaxCrossEntropy, arena.memory, passes, { logits, probabilities, ...shape, sum: 0 });
    const composition = { prediction: probabilities, ...shape, alpha: 1, gamma: 0, sum: 1 };
    runAll(kernels.categoricalCrossentropy, arena.memory, passes, composition);
    const [fused, composed] = readSums(arena);
    assertClose([fused], [composed], 1e-6, 'loss');
    assertClose(
      read(arena, 'probabilities'),
      tf.softmax(tf.tensor2d(read(arena, 'logits'), [ROWS, 7])).dataSync(),
      1e-6,
      'probabilities',
    );
  });

  test('element-wise losses and binary accuracy', () => {
    const size = 3;
    const arena = testArena({
      batchRows: ROWS,
      buffers: { prediction: size, logits: size, probabilities: size, target: size },
      sumCount: 4,
      shards: 1,
    });
    fillUniform(arena, 'prediction', 1, [0, 1]);
    fillUniform(arena, 'logits', 3, [-4, 4]);
    fillUniform(arena, 'target', 2, [0, 2]);
    arena.memory.f32.subarray(arena.at.target, arena.at.target + ROWS * size).forEach((value, e, target) => {
      target[e] = Math.floor(value);
    });
    const { prediction, target, logits, probabilities } = arena.at;
    const args = { prediction, target, gradient: -1, ...plain(size), smoothing: 0 };
    const options = { divisor: size, delta: 1, alpha: -1, gamma: 0 };
    (['meanSquaredError', 'binaryCrossentropy'] as const).forEach((name, sum) => {
      const loss = elementLosses.indexOf(name);
      runAll(kernels.elementLoss, arena.memory, passes, { ...args, ...options, loss, sum });
    });
    runAll(kernels.binaryAccuracy, arena.memory, passes, { ...args, threshold: 0.5, sum: 2 });
    runAll(kernels.sigmoidCrossEntropy, arena.memory, passes, {
      logits,
      probabilities,
      target,
      gradient: -1,
      ...plain(size),
      ...plainEntropy,
      smoothing: 0,
      sum: 3,
    });
    const truth = tf.tensor2d(read(arena, 'target'), [ROWS, size]);
    const predicted = tf.tensor2d(read(arena, 'prediction'), [ROWS, size]);
    const sigmoid = tf.sigmoid(tf.tensor2d(read(arena, 'logits'), [ROWS, size]));
    const expected = [
      total(metrics.meanSquaredError(truth, predicted)),
      total(metrics.binaryCrossentropy(truth, predicted)),
      total(metrics.binaryAccuracy(truth, predicted)),
      total(metrics.binaryCrossentropy(truth, sigmoid)),
    ];
    assertClose(readSums(arena), expected, 1e-6, 'sums');
    assertClose(read(arena, 'probabilities'), sigmoid.dataSync(), 1e-6, 'probabilities');
  });
});

/** One group a row, each of which counts once. */
const plain = (size: number) => ({ groups: 1, size, weight: -1, weightSum: 0, lossWeight: 1 });

function parameter(arena: TestArena<string, never>, offset: number, shape: number[]): tf.Tensor {
  const start = arena.memory.parameters + offset;
  const size = shape.reduce((product, dimension) => product * dimension, 1);
  return tf.tensor(arena.memory.f32.slice(start, start + size), shape);
}

const total = (rows: tf.Tensor): number => tf.sum(rows).dataSync()[0];
