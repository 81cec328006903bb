import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { referenceKernels as kernels } from '../../../src/shared/kernels/reference/index.js';
import { passesFor, read, runAll, testArena } from '../../helpers/kernelMemory.js';

function sparsemax(x: readonly number[]): number[] {
  const arena = testArena({ batchRows: 1, shards: 1, buffers: { x: x.length, y: x.length } });
  arena.memory.f32.set(x, arena.at.x);
  runAll(kernels.sparsemaxForward, arena.memory, passesFor(1, 1, 1), { ...arena.at, groups: 1, size: x.length });
  return [...read(arena, 'y')].slice(0, x.length);
}

const near = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-5;

/** Martins and Astudillo, "From softmax to sparsemax", 2016: the nearest point of the simplex, by its optimality conditions. */
test('sparsemax is the projection onto the simplex: it sums to 1 and takes one number from all that is left', () => {
  const numbers = fc.array(fc.float({ min: -5, max: 5, noNaN: true }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(numbers, (x) => {
      const y = sparsemax(x);
      const sum = y.reduce((total, value) => total + value, 0);
      assert.ok(near(sum, 1), `the sum is ${sum}`);
      const tau = x[y.indexOf(Math.max(...y))] - Math.max(...y);
      assert.ok(y.every((value, i) => near(value, Math.max(x[i] - tau, 0))));
    }),
  );
});

test('sparsemax of [1, 0.9, 0.1] is [0.55, 0.45, 0]', () => {
  assert.ok(sparsemax([1, 0.9, 0.1]).every((value, i) => near(value, [0.55, 0.45, 0][i])));
});
