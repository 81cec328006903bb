import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type InputActivationName, inputActivations } from '../../../src/shared/kernels/activations.js';
import { erf } from '../../../src/shared/kernels/erf.js';
import { referenceKernels as kernels } from '../../../src/shared/kernels/reference/index.js';
import { passesFor, read, runAll, testArena } from '../../helpers/kernelMemory.js';

/** The values of an activation at `x`, and its slopes there. */
function valuesAndSlopes(name: InputActivationName, x: readonly number[], shape: object = {}) {
  const size = x.length;
  const arena = testArena({ batchRows: 1, shards: 1, buffers: { x: size, y: size, dy: size, dx: size } });
  const activation = inputActivations.indexOf(name);
  const args = { ...arena.at, size, activation, alpha: 0, threshold: 0, limit: Number.POSITIVE_INFINITY, ...shape };
  arena.memory.f32.set(x, arena.at.x);
  arena.memory.f32.fill(1, arena.at.dy, arena.at.dy + size);
  runAll(kernels.inputActivationForward, arena.memory, passesFor(1, 1, 1), args);
  runAll(kernels.inputActivationBackward, arena.memory, passesFor(1, 1, 1), args);
  return { values: [...read(arena, 'y')], slopes: [...read(arena, 'dx')] };
}

test('a rectifier is the identity between threshold and limit, flat above and a line below', () => {
  const x = [-2, 0.5, 1, 1.5, 2.5];
  assert.deepEqual(valuesAndSlopes('rectifier', x, { alpha: 0.25, threshold: 1, limit: 2 }), {
    values: [-0.75, -0.125, 0, 1.5, 2],
    slopes: [0.25, 0.25, 0.25, 1, 0],
  });
});

test('a straight-through step gives 0 or 1 and passes its gradient on', () => {
  assert.deepEqual(valuesAndSlopes('straightStep', [-3, 0, 1e-30, 7]), { values: [0, 0, 1, 1], slopes: [1, 1, 1, 1] });
});

test('far out, smooth activations are the identity on the right and zero on the left', () => {
  for (const name of ['swish', 'gelu', 'geluTanh', 'mish'] as const) {
    for (const far of [110, 1e12, 1e18, 3e38].map(Math.fround)) {
      const { values, slopes } = valuesAndSlopes(name, [-far, far]);
      assert.deepEqual([values[0] + 0, values[1]], [0, far], `${name} of ${far}`);
      assert.deepEqual([slopes[0] + 0, slopes[1]], [0, 1], `${name}′ of ${far}`);
    }
  }
});

test('a NaN stays one', () => {
  for (const name of inputActivations) assert.ok(Number.isNaN(valuesAndSlopes(name, [Number.NaN]).values[0]), name);
});

test('the error function has its tabulated values', () => {
  // Abramowitz and Stegun, table 7.1.
  const table = [
    [0, 0],
    [0.5, 0.5204998778],
    [-1, -0.8427007929],
    [2, 0.995322265],
    [3, 0.9999779095],
    [9, 1],
  ];
  for (const [x, value] of table) assert.ok(Math.abs(erf(x) - value) < 1e-10, `erf(${x}) is ${erf(x)}`);
});
