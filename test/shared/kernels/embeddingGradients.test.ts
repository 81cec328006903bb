import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { referenceKernels as kernels } from '../../../src/shared/kernels/reference/index.js';
import { checkParameter, checkRows, filledArena, middlePass, weightedSum } from '../../helpers/gradientChecks.js';
import { combineSlabs, fillClasses, passesFor, read, runAll, testArena } from '../../helpers/kernelMemory.js';

describe('embedding and masks', () => {
  test("an embedding's weight gradient equals central differences", () => {
    const shape = { inner: 5, vocabulary: 7, size: 3 };
    const arena = filledArena({ x: 5, y: 15, dy: 15 }, 21);
    fillClasses(arena, 'x', 3, 7);
    const { memory } = arena;
    const { x, y, dy } = arena.at;
    const pass = middlePass(arena.slabs);
    const objective = () => {
      kernels.embeddingForward(memory, pass, { x, y, w: 0, ...shape });
      return weightedSum(arena, pass, 'y', 'dy', 15);
    };
    kernels.embeddingWeightGradient(memory, pass, { x, dy, w: 0, ...shape });
    checkParameter(arena, pass, 0, 21, objective);
  });

  test('a word that occurs in every shard has the sum that a dense fold gives', () => {
    const arena = testArena({ batchRows: 11, buffers: { x: 1, dy: 1, one: 1 }, parameterLength: 2 });
    const { memory, at, slabs } = arena;
    for (let row = 0; row < 11; row++) {
      memory.i32[at.x + row] = 0;
      memory.f32[at.dy + row] = 0.1 * row + 1e-3;
      memory.f32[at.one + row] = 1;
    }
    const passes = passesFor(11, 8, 3, { slabs });
    runAll(kernels.embeddingWeightGradient, memory, passes, { ...at, w: 0, inner: 1, vocabulary: 1, size: 1 });
    runAll(kernels.denseWeightGradient, memory, passes, {
      x: at.one,
      dy: at.dy,
      w: 1,
      b: -1,
      inner: 1,
      inputs: 1,
      units: 1,
    });
    const [sparse, dense] = combineSlabs(arena, passes);
    assert.equal(sparse, dense);
  });

  test('an index outside the vocabulary gives NaN and no gradient', () => {
    const arena = testArena({ batchRows: 2, buffers: { x: 1, y: 1, dy: 1 }, parameterLength: 2 });
    const { memory, at, slabs } = arena;
    memory.i32.set([2, -1], at.x);
    memory.f32.fill(1, at.dy, at.dy + 2);
    const passes = passesFor(2, 8, 1, { slabs });
    const args = { ...at, w: 0, inner: 1, vocabulary: 2, size: 1 };
    runAll(kernels.embeddingForward, memory, passes, args);
    runAll(kernels.embeddingWeightGradient, memory, passes, args);
    assert.deepEqual([...read(arena, 'y')], [Number.NaN, Number.NaN]);
    assert.deepEqual([...combineSlabs(arena, passes)], [0, 0]);
  });

  test('the gradient of a masked mean equals central differences', () => {
    const shape = { steps: 4, size: 3 };
    const arena = filledArena({ x: 12, mask: 4, y: 3, dy: 3, dx: 12 });
    const { memory } = arena;
    const { x, mask, y, dy, dx } = arena.at;
    for (let step = 0; step < 32; step++) memory.f32[mask + step] = step % 3 === 1 ? 0 : 1;
    const pass = middlePass(arena.slabs);
    const objective = () => {
      kernels.maskedMeanForward(memory, pass, { x, mask, y, ...shape });
      return weightedSum(arena, pass, 'y', 'dy', 3);
    };
    kernels.maskedMeanBackward(memory, pass, { mask, dy, dx, ...shape });
    checkRows(arena, pass, 'x', 'dx', 12, objective);
  });
});
