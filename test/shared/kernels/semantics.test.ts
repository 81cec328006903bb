import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { activations } from '../../../src/shared/kernels/activations.js';
import { type ElementLoss, elementLosses } from '../../../src/shared/kernels/losses.js';
import type { Kernel } from '../../../src/shared/kernels/pass.js';
import { gather, referenceKernels as kernels, reduce } from '../../../src/shared/kernels/reference/index.js';
import { type Column, columnArray } from '../../../src/shared/memory/dataset.js';
import { Draws } from '../../../src/shared/random/rng.js';
import { plainDropout } from '../../helpers/kernelCases.js';
import {
  bits,
  combineSlabs,
  fillParameters,
  fillUniform,
  passesFor,
  read,
  readSums,
  runAll,
  testArena,
} from '../../helpers/kernelMemory.js';
import { plainEntropy } from '../../helpers/lossCases.js';
import { windowArguments } from '../../helpers/windows.js';

const LINEAR = activations.indexOf('linear');
const RELU = activations.indexOf('relu');

/** One group a row, each of which counts once. */
const plain = (size: number) => ({ groups: 1, size, weight: -1, weightSum: 0, lossWeight: 1 });

const element = (loss: ElementLoss, size: number) => ({
  ...plain(size),
  loss: elementLosses.indexOf(loss),
  divisor: size,
  smoothing: 0,
  delta: 1,
  alpha: -1,
  gamma: 0,
});

describe('losses at the ends', () => {
  test('logits of any size give finite losses and exact probabilities', () => {
    const arena = testArena({
      batchRows: 2,
      buffers: { logits: 3, probabilities: 3, target: 3, gradient: 3 },
      sumCount: 2,
      shards: 2,
    });
    arena.memory.f32.set([1000, 0, -1000, -1e38, 1e38, 0], arena.at.logits);
    arena.memory.f32.set([0, 0, 1, 0, 1, 0], arena.at.target);
    const passes = passesFor(2, 2, 1);
    runAll(kernels.softmaxCrossEntropy, arena.memory, passes, {
      ...arena.at,
      ...plain(3),
      sparse: 0,
      smoothing: 0,
      sum: 0,
    });
    assert.deepEqual([...read(arena, 'probabilities')], [1, 0, 0, 0, 1, 0]);
    assert.deepEqual(
      [...read(arena, 'gradient')].map((g) => g + 0),
      [0.5, 0, -0.5, 0, 0, 0],
    );
    runAll(kernels.sigmoidCrossEntropy, arena.memory, passes, {
      ...arena.at,
      ...plain(3),
      ...plainEntropy,
      smoothing: 0,
      sum: 1,
    });
    const [first, , second] = readSums(arena);
    assert.equal(first, 2000);
    assert.equal(second, 0);
    assert.ok(readSums(arena).every(Number.isFinite));
  });

  test('where a prediction is clipped the loss is that of the clip and the gradient is zero', () => {
    const arena = testArena({
      batchRows: 1,
      buffers: { prediction: 2, target: 2, gradient: 2 },
      sumCount: 2,
      shards: 1,
    });
    arena.memory.f32.set([0, 1], arena.at.prediction);
    arena.memory.f32.set([1, 0], arena.at.target);
    const passes = passesFor(1, 1, 1);
    const expected = (-Math.log(Math.fround(1e-7)) - Math.log(1 - Math.fround(1 - 1e-7))) / 2;
    runAll(kernels.elementLoss, arena.memory, passes, { ...arena.at, ...element('binaryCrossentropy', 2), sum: 0 });
    assert.deepEqual([...read(arena, 'gradient')], [0, 0]);
    const args = { ...arena.at, ...plain(2), sparse: 0, smoothing: 0, alpha: 1, gamma: 0, sum: 1 };
    runAll(kernels.categoricalCrossentropy, arena.memory, passes, args);
    assert.deepEqual([...read(arena, 'gradient')], [0, 0]);
    const [binary, categorical] = readSums(arena);
    assert.ok(Math.abs(binary - expected) < 1e-12);
    assert.ok(Math.abs(categorical + Math.log(Math.fround(1e-7))) < 1e-12);
  });

  test('a sum is overwritten, never added to, and only its own', () => {
    const arena = testArena({ batchRows: 3, buffers: { prediction: 1, target: 1 }, sumCount: 2, shards: 3 });
    arena.memory.f32.set([1, 2, 3], arena.at.prediction);
    arena.memory.f32.set([0, 0, 0], arena.at.target);
    const args = { ...arena.at, ...element('meanSquaredError', 1), gradient: -1, sum: 1 };
    const passes = passesFor(3, 3, 2);
    runAll(kernels.elementLoss, arena.memory, passes, args);
    runAll(kernels.elementLoss, arena.memory, passes, args);
    assert.deepEqual([...readSums(arena)], [Number.NaN, 1, Number.NaN, 4, Number.NaN, 9]);
  });

  test('the gradient is that of the mean over the batch, not over the rank', () => {
    const arena = testArena({ batchRows: 5, buffers: { prediction: 1, target: 1, gradient: 1 }, sumCount: 1 });
    arena.memory.f32.fill(1, arena.at.prediction, arena.at.prediction + 5);
    arena.memory.f32.fill(0, arena.at.target, arena.at.target + 5);
    const args = { ...arena.at, ...element('meanSquaredError', 1), sum: 0 };
    runAll(kernels.elementLoss, arena.memory, passesFor(5, 8, 3), args);
    assert.deepEqual(read(arena, 'gradient'), new Float32Array(5).fill(2 / 5));
  });
});

describe('accuracy', () => {
  test('of equal predictions the first counts', () => {
    const arena = testArena({ batchRows: 2, buffers: { prediction: 3, target: 1 }, sumCount: 1, shards: 2 });
    arena.memory.f32.set([0.2, 0.4, 0.4, 0.5, 0.5, 0], arena.at.prediction);
    arena.memory.i32.set([1, 1], arena.at.target);
    const args = { ...arena.at, ...plain(3), sparse: 1, sum: 0 };
    runAll(kernels.categoricalAccuracy, arena.memory, passesFor(2, 2, 1), args);
    assert.deepEqual([...readSums(arena)], [1, 0]);
  });

  test('a prediction at the threshold is not above it', () => {
    const arena = testArena({ batchRows: 1, buffers: { prediction: 4, target: 4 }, sumCount: 1, shards: 1 });
    arena.memory.f32.set([0.5, 0.5, 0.6, 0.4], arena.at.prediction);
    arena.memory.f32.set([0, 1, 1, 1], arena.at.target);
    runAll(kernels.binaryAccuracy, arena.memory, passesFor(1, 1, 1), {
      ...arena.at,
      ...plain(4),
      threshold: 0.5,
      sum: 0,
    });
    assert.deepEqual([...readSums(arena)], [0.5]);
  });
});

describe('max pooling', () => {
  test('of equal pixels the first in row-major order takes the gradient', () => {
    const windows = windowArguments({ image: [2, 2, 1], window: [2, 2], padding: 'valid' });
    const arena = testArena({ batchRows: 2, buffers: { x: 4, y: 1, dy: 1, dx: 4 } });
    arena.memory.f32.set([1, 3, 3, 3, 0, 0, -0, 0], arena.at.x);
    arena.memory.f32.set([5, 7], arena.at.dy);
    runAll(kernels.maxPool2dForward, arena.memory, passesFor(2, 2, 1), { ...arena.at, ...windows });
    const args = { ...arena.at, ...windows, activation: LINEAR, shared: 0 };
    runAll(kernels.maxPool2dBackward, arena.memory, passesFor(2, 2, 1), args);
    assert.deepEqual([...read(arena, 'dx')], [0, 5, 0, 0, 7, 0, 0, 0]);
  });
});

describe('activations', () => {
  test('relu in a layer is relu after the layer', () => {
    const arena = testArena({ batchRows: 4, buffers: { x: 6, y: 5, z: 5 }, parameterLength: 30 });
    fillUniform(arena, 'x', 1);
    fillParameters(arena, 2);
    const passes = passesFor(4, 4, 1);
    const { x, y, z } = arena.at;
    const sizes = { x, w: 0, b: -1, inner: 1, inputs: 6, units: 5 };
    runAll(kernels.denseForward, arena.memory, passes, { ...sizes, y, activation: RELU });
    runAll(kernels.denseForward, arena.memory, passes, { ...sizes, y: z, activation: LINEAR });
    runAll(kernels.activationForward, arena.memory, passes, { x: z, y: z, size: 5, activation: RELU });
    assert.deepEqual(bits(read(arena, 'y')), bits(read(arena, 'z')));
  });

  test('a NaN stays NaN, so that a diverging run is seen in its loss', () => {
    const arena = testArena({ batchRows: 1, buffers: { x: 1, y: 1 } });
    activations.forEach((_, activation) => {
      runAll(kernels.activationForward, arena.memory, passesFor(1, 1, 1), { ...arena.at, size: 1, activation });
      assert.deepEqual([...read(arena, 'y')], [Number.NaN]);
    });
  });

  test('a linear producer of the input is not read', () => {
    const arena = testArena({ batchRows: 1, buffers: { dy: 2, x: 2, dx: 2 }, parameterLength: 4 });
    arena.memory.f32.set([1, 2], arena.at.dy);
    arena.memory.f32.set([1, 2, 3, 4], arena.memory.parameters);
    const args = { ...arena.at, w: 0, inner: 1, inputs: 2, units: 2, activation: LINEAR };
    runAll(kernels.denseInputGradient, arena.memory, passesFor(1, 1, 1), args);
    assert.deepEqual([...read(arena, 'dx')], [5, 11]);
  });
});

describe('dropout', () => {
  const rows = 200;
  const size = 50;
  const run = (rate: number, layer: number, step: number) => {
    const arena = testArena({ batchRows: rows, buffers: { x: size, y: size }, seed: 9 });
    arena.memory.f32.fill(1, arena.at.x, arena.at.x + rows * size);
    const args = { ...plainDropout(size, rate), ...arena.at, layer };
    runAll(kernels.dropout, arena.memory, passesFor(rows, 8, 3, { step }), args);
    return read(arena, 'y');
  };

  test('an element is kept where its own draw says so, scaled so that the mean stays', () => {
    const y = run(0.3, 2, 11);
    const scale = Math.fround(1 / (1 - 0.3));
    const draws = new Draws([9, 0]);
    y.forEach((value, e) => {
      const kept = draws.at('dropout', 2, 11, Math.floor(e / size)).uniform(e % size) >= 0.3;
      assert.equal(value, kept ? scale : 0);
    });
    const mean = y.reduce((sum, value) => sum + value, 0) / y.length;
    assert.ok(Math.abs(mean - 1) < 0.03);
  });

  test('layers and steps have masks of their own', () => {
    const mask = bits(run(0.5, 1, 1));
    assert.notDeepEqual(bits(run(0.5, 2, 1)), mask);
    assert.notDeepEqual(bits(run(0.5, 1, 2)), mask);
    assert.deepEqual(bits(run(0.5, 1, 1)), mask);
  });
});

describe('weight gradients', () => {
  test('the slab mirrors the parameter vector: what belongs to other layers is untouched', () => {
    const arena = testArena({ batchRows: 3, buffers: { x: 2, dy: 2 }, parameterLength: 48, shards: 2 });
    arena.memory.f32.set([1, 2, 3, 4, 5, 6], arena.at.x);
    arena.memory.f32.set([1, 0, 0, 1, 1, 1], arena.at.dy);
    const passes = passesFor(3, 2, 1, { slabs: arena.slabs });
    const args = { ...arena.at, w: 16, b: 32, inner: 1, inputs: 2, units: 2 };
    runAll(kernels.denseWeightGradient, arena.memory, passes, args);
    const gradient = combineSlabs(arena, passes);
    assert.deepEqual([...gradient.slice(16, 20)], [6, 8, 8, 10]);
    assert.deepEqual([...gradient.slice(32, 34)], [2, 2]);
    const others = [...gradient.slice(0, 16), ...gradient.slice(20, 32), ...gradient.slice(34)];
    assert.ok(others.every(Number.isNaN));
  });

  test('shards are added in float32 in the order of the tree', () => {
    const leaves = [1e8, 1, -1e8, 1, 3, 1e-7];
    const arena = testArena({ batchRows: 6, buffers: { x: 1, dy: 1 }, parameterLength: 1, shards: 6 });
    arena.memory.f32.set(leaves, arena.at.x);
    arena.memory.f32.fill(1, arena.at.dy, arena.at.dy + 6);
    const f = Math.fround;
    const expected = f(f(f(f(1e8) + 1) + f(f(-1e8) + 1)) + f(3 + f(1e-7)));
    for (const workers of [1, 2, 4, 6]) {
      const passes = passesFor(6, 6, workers, { slabs: arena.slabs });
      const args = { ...arena.at, w: 0, b: -1, inner: 1, inputs: 1, units: 1 };
      runAll(kernels.denseWeightGradient, arena.memory, passes, args);
      assert.deepEqual([...combineSlabs(arena, passes)], [expected]);
    }
  });
});

describe('gather', () => {
  const column = (type: Column['type'], values: readonly number[], scale = 1): Column => {
    const memory = new SharedArrayBuffer(16 + values.length * 4);
    const made: Column = { type, memory, byteOffset: 16, size: 2, rows: values.length / 2, scale };
    columnArray(made).set(values);
    return made;
  };
  const gatherAll = (from: Column, order: Int32Array | null, start: number) => {
    const arena = testArena({ batchRows: 3, buffers: { x: 2 } });
    for (const pass of passesFor(3, 8, 2)) {
      gather(arena.memory, pass, from, columnArray(from), arena.at.x, order, start);
    }
    return arena;
  };

  test('row r takes record order[start + r], or start + r without an order', () => {
    const source = column('float32', [0, 0.5, 10, 10.5, 20, 20.5, 30, 30.5]);
    assert.deepEqual([...read(gatherAll(source, null, 1), 'x')], [10, 10.5, 20, 20.5, 30, 30.5]);
    const order = Int32Array.of(9, 9, 3, 0, 2);
    assert.deepEqual([...read(gatherAll(source, order, 2), 'x')], [30, 30.5, 0, 0.5, 20, 20.5]);
  });

  test('int32 keeps its bits and uint8 becomes float32 times its scale', () => {
    const integers = gatherAll(column('int32', [2 ** 31 - 1, -1, 2, 3, 4, 5]), null, 0);
    const { x } = integers.at;
    assert.deepEqual([...integers.memory.i32.slice(x, x + 6)], [2 ** 31 - 1, -1, 2, 3, 4, 5]);
    const bytes = gatherAll(column('uint8', [0, 1, 2, 127, 254, 255], 1 / 255), null, 0);
    assert.deepEqual(read(bytes, 'x'), Float32Array.of(0, 1 / 255, 2 / 255, 127 / 255, 254 / 255, 1));
  });
});

describe('reduce', () => {
  test('pairs are added in order over the slice alone', () => {
    const arena = testArena({ batchRows: 0, vectors: { a: 4, b: 4, c: 4 } });
    const { a, b, c } = arena.at;
    arena.memory.f32.set([1, 2, 3, 4], a);
    arena.memory.f32.set([10, 20, 30, 40], b);
    arena.memory.f32.set([100, 200, 300, 400], c);
    reduce(arena.memory, Int32Array.of(b, c, a, b), 1, 3);
    assert.deepEqual([...read(arena, 'a')], [1, 222, 333, 4]);
    assert.deepEqual([...read(arena, 'b')], [10, 220, 330, 40]);
    assert.deepEqual([...read(arena, 'c')], [100, 200, 300, 400]);
  });
});

test('every kernel is a function of (memory, pass, arguments)', () => {
  for (const kernel of Object.values<Kernel<never>>(kernels)) assert.equal(kernel.length, 3);
});
