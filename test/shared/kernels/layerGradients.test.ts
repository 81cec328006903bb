import { describe, test } from 'node:test';
import { inputActivations } from '../../../src/shared/kernels/activations.js';
import { referenceKernels as kernels } from '../../../src/shared/kernels/reference/index.js';
import {
  avoidZero,
  checkParameter,
  checkRows,
  filledArena,
  middlePass,
  weightedSum,
} from '../../helpers/gradientChecks.js';

/** Kernels of activations with an input or a weight of their own, and of layer normalization. */
describe('gradients equal central differences', () => {
  inputActivations.forEach((name, activation) => {
    // A step has no derivative that differences could show.
    if (name !== 'straightStep') test(`activation ${name}`, () => checkInputActivation(activation, 0));
    // Those that shrink by a threshold.
    if (name.endsWith('Shrink')) test(`activation ${name}, threshold 0.5`, () => checkInputActivation(activation, 0.5));
  });

  for (const [outer, slopes, inner] of [
    [1, 1, 1],
    [1, 13, 1],
    [6, 3, 1],
    [2, 3, 4],
  ]) {
    test(`prelu of ${outer}×${slopes}×${inner}`, () => checkPrelu(outer, slopes, inner));
  }

  test('softmax over the keys that are there', () => checkMaskedSoftmax(2, 3, 5));

  for (const [groups, size] of [
    [1, 3],
    [1, 17],
    [4, 5],
  ]) {
    test(`logSoftmax of ${groups}×${size}`, () => checkOverLast('logSoftmax', groups, size));
    test(`sparsemax of ${groups}×${size}`, () => checkOverLast('sparsemax', groups, size));
    for (const weighted of [true, false]) {
      test(`layer normalization of ${groups}×${size}${weighted ? '' : ' without gamma and beta'}`, () =>
        checkLayerNorm(groups, size, weighted));
    }
  }
});

function checkInputActivation(activation: number, threshold: number): void {
  const size = 19;
  const arena = filledArena({ x: size, y: size, dy: size, dx: size });
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const { x, y, dy, dx } = at;
  avoidZero(arena, 'x');
  // Nor do differences reach over a threshold.
  for (let e = x; e < x + arena.lengths.x; e++) {
    const beyond = Math.abs(memory.f32[e]) - threshold;
    if (Math.abs(beyond) < 0.1) memory.f32[e] += Math.sign(memory.f32[e]) * 0.2;
  }
  const shape = { size, activation, alpha: 0.3, threshold, limit: 2 };
  const objective = () => {
    kernels.inputActivationForward(memory, pass, { x, y, ...shape });
    return weightedSum(arena, pass, 'y', 'dy', size);
  };
  kernels.inputActivationBackward(memory, pass, { x, dy, dx, ...shape });
  checkRows(arena, pass, 'x', 'dx', size, objective);
}

function checkPrelu(outer: number, slopes: number, inner: number): void {
  const size = outer * slopes * inner;
  const arena = filledArena({ x: size, y: size, dy: size, dx: size }, slopes);
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const { x, y, dy, dx } = at;
  const shape = { alpha: 0, outer, slopes, inner };
  avoidZero(arena, 'x');
  const objective = () => {
    kernels.preluForward(memory, pass, { x, y, ...shape });
    return weightedSum(arena, pass, 'y', 'dy', size);
  };
  kernels.preluInputGradient(memory, pass, { x, dy, dx, ...shape });
  kernels.preluWeightGradient(memory, pass, { x, dy, ...shape });
  checkRows(arena, pass, 'x', 'dx', size, objective);
  checkParameter(arena, pass, 0, slopes, objective);
}

function checkOverLast(name: 'logSoftmax' | 'sparsemax', groups: number, size: number): void {
  const record = groups * size;
  const arena = filledArena({ x: record, y: record, dy: record, dx: record });
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const { x, y, dy, dx } = at;
  // Three of a group are above 0, and no difference brings another one there.
  if (name === 'sparsemax') {
    for (let e = 0; e < arena.lengths.x; e++) memory.f32[x + e] = 0.25 * ((7 * e) % size);
  }
  const objective = () => {
    kernels[`${name}Forward`](memory, pass, { x, y, groups, size });
    return weightedSum(arena, pass, 'y', 'dy', record);
  };
  objective();
  kernels[`${name}Backward`](memory, pass, { y, dy, dx, groups, size });
  checkRows(arena, pass, 'x', 'dx', record, objective);
}

function checkMaskedSoftmax(heads: number, queries: number, keys: number): void {
  const record = heads * queries * keys;
  const arena = filledArena({ x: record, y: record, dy: record, dx: record, mask: keys });
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const { x, y, dy, dx, mask } = at;
  // Some keys are not there, but never the first of a row.
  for (let e = 0; e < arena.lengths.mask; e++) memory.f32[mask + e] = Number(e % keys === 0 || e % 3 > 0);
  const objective = () => {
    kernels.maskedSoftmaxForward(memory, pass, { x, y, mask, heads, queries, keys, causal: 1 });
    return weightedSum(arena, pass, 'y', 'dy', record);
  };
  objective();
  kernels.softmaxBackward(memory, pass, { y, dy, dx, groups: heads * queries, size: keys });
  checkRows(arena, pass, 'x', 'dx', record, objective);
}

function checkLayerNorm(groups: number, size: number, weighted: boolean): void {
  const record = groups * size;
  const arena = filledArena({ x: record, y: record, dy: record, dx: record, statistics: 2 * groups }, 2 * size);
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const { x, y, dy, dx, statistics } = at;
  const [gamma, beta] = weighted ? [0, size] : [-1, -1];
  const shape = { x, statistics, gamma, groups, size };
  const objective = () => {
    kernels.layerNormForward(memory, pass, { y, beta, epsilon: 0.1, ...shape });
    return weightedSum(arena, pass, 'y', 'dy', record);
  };
  objective();
  kernels.layerNormInputGradient(memory, pass, { dy, dx, ...shape });
  kernels.layerNormWeightGradient(memory, pass, { dy, beta, ...shape });
  checkRows(arena, pass, 'x', 'dx', record, objective, 2 ** -8);
  if (weighted) checkParameter(arena, pass, 0, 2 * size, objective);
}
