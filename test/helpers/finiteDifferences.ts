import assert from 'node:assert/strict';

/** Half the distance between two evaluations: a power of two, so that x ± H is close to exact in float32. */
const H = 2 ** -6;

/** Central differences of `objective` by each of values[at … at + count). */
export function centralDifferences(
  values: Float32Array,
  at: number,
  count: number,
  objective: () => number,
  h = H,
): Float64Array {
  return Float64Array.from({ length: count }, (_, e) => {
    const held = values[at + e];
    values[at + e] = held + h;
    const above = values[at + e];
    const right = objective();
    values[at + e] = held - h;
    const below = values[at + e];
    const left = objective();
    values[at + e] = held;
    return (right - left) / (above - below);
  });
}

/** Every |actual − expected| is at most `tolerance` · the largest |expected|, which counts as 0.01 or more. */
export function assertClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  what: string,
): void {
  assert.equal(actual.length, expected.length, `${what}: lengths`);
  let scale = 0.01;
  for (let e = 0; e < expected.length; e++) scale = Math.max(scale, Math.abs(expected[e]));
  for (let e = 0; e < expected.length; e++) {
    const error = Math.abs(actual[e] - expected[e]);
    assert.ok(error <= tolerance * scale, `${what}: element ${e} is ${actual[e]}, expected ${expected[e]}`);
  }
}
