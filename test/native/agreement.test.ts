import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReferenceEngine } from '../../src/worker/engines/reference.js';
import { assertStaysInside, runCase } from '../helpers/kernelLaws.js';
import { createWith, nativeCases, skipReason, supported } from './nativeCases.js';

/** Float32 rounding of sums of up to some thousand terms, relative to the largest value of the buffer. */
const TOLERANCE = 4e-6;

for (const kernelCase of nativeCases) {
  test(`native and reference agree: ${kernelCase.name}`, { skip: skipReason }, () => {
    for (const rows of [1, 3, 29]) {
      const expected = runCase(createReferenceEngine, kernelCase, rows, 2);
      const actual = runCase(createWith(supported[0]), kernelCase, rows, 2);
      for (const [name, values] of Object.entries(expected.buffers)) {
        assertClose(actual.buffers[name], values, `${rows} rows, ${name}`);
      }
      assertClose(actual.sums, expected.sums, `${rows} rows, sums`);
      assertClose(actual.gradient, expected.gradient, `${rows} rows, gradient`);
    }
  });

  test(`a native rank writes only its own share: ${kernelCase.name}`, { skip: skipReason }, () => {
    for (const rank of [0, 1, 2]) assertStaysInside(createWith(supported[0]), kernelCase, 17, 3, rank);
  });
}

function assertClose(actual: Float32Array | Float64Array, expected: Float32Array | Float64Array, what: string): void {
  let scale = 0;
  for (const value of expected) if (Number.isFinite(value)) scale = Math.max(scale, Math.abs(value));
  assert.equal(actual.length, expected.length);
  expected.forEach((value, e) => {
    const isClose = Number.isNaN(value)
      ? Number.isNaN(actual[e])
      : Math.abs(actual[e] - value) <= TOLERANCE * scale + 1e-9;
    assert.ok(isClose, `${what}[${e}] is ${actual[e]}, expected ${value} of ${scale}`);
  });
}
