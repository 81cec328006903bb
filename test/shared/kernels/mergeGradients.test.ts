import { describe, test } from 'node:test';
import { referenceKernels as kernels } from '../../../src/shared/kernels/reference/index.js';
import { checkRows, filledArena, middlePass, weightedSum } from '../../helpers/gradientChecks.js';
import { productArguments } from '../../helpers/kernelCases.js';

describe('gradients of merges equal central differences', () => {
  for (const [groups, rows, inner, columns] of [
    [1, 1, 1, 1],
    [2, 3, 5, 4],
  ]) {
    test(`${groups} products of ${rows}×${inner} and ${inner}×${columns}`, () =>
      checkProduct(groups, rows, inner, columns));
  }

  for (const [groups, size] of [
    [1, 4],
    [3, 5],
  ]) {
    test(`${groups} vectors of ${size}, brought to length 1`, () => checkNormalize(groups, size));
  }

  for (const smallest of [0, 1]) test(smallest ? 'minimum' : 'maximum', () => checkExtreme(7, smallest));
});

/** dA = dy · Bᵀ and dB = Aᵀ · dy. */
function checkProduct(groups: number, rows: number, inner: number, columns: number): void {
  const [aSize, bSize, ySize] = [groups * rows * inner, groups * inner * columns, groups * rows * columns];
  const arena = filledArena({ a: aSize, b: bSize, y: ySize, dy: ySize, da: aSize, db: bSize });
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const { a, b, y, dy, da, db } = at;
  const objective = () => {
    const whole = productArguments({ groups, rows, inner, columns }, false, false);
    kernels.matrixProduct(memory, pass, { a, b, y, scale: 0.5, ...whole });
    return weightedSum(arena, pass, 'y', 'dy', ySize);
  };
  const left = productArguments({ groups, rows, inner: columns, columns: inner }, false, true);
  const right = productArguments({ groups, rows: inner, inner: rows, columns }, true, false);
  kernels.matrixProduct(memory, pass, { a: dy, b, y: da, scale: 0.5, ...left });
  kernels.matrixProduct(memory, pass, { a, b: dy, y: db, scale: 0.5, ...right });
  checkRows(arena, pass, 'a', 'da', aSize, objective);
  checkRows(arena, pass, 'b', 'db', bSize, objective);
}

function checkNormalize(groups: number, size: number): void {
  const record = groups * size;
  const arena = filledArena({ x: record, y: record, dy: record, dx: record });
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const { x, y, dy, dx } = at;
  const objective = () => {
    kernels.normalizeForward(memory, pass, { x, y, groups, size });
    return weightedSum(arena, pass, 'y', 'dy', record);
  };
  kernels.normalizeBackward(memory, pass, { x, dy, dx, groups, size });
  checkRows(arena, pass, 'x', 'dx', record, objective);
}

function checkExtreme(size: number, smallest: number): void {
  const arena = filledArena({ a: size, b: size, y: size, dy: size, da: size, db: size });
  const { memory, at } = arena;
  const pass = middlePass(arena.slabs);
  const { a, b, y, dy, da, db } = at;
  const objective = () => {
    kernels.maximum(memory, pass, { a, b, y, size, smallest });
    return weightedSum(arena, pass, 'y', 'dy', size);
  };
  kernels.maximumBackward(memory, pass, { a, b, dy, da, db, size, smallest });
  checkRows(arena, pass, 'a', 'da', size, objective);
  checkRows(arena, pass, 'b', 'db', size, objective);
}
