import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { initialize } from '../../../src/shared/random/initializers.js';
import { normalQuantile } from '../../../src/shared/random/normalQuantile.js';
import { bits } from '../../helpers/kernelMemory.js';

const seed = [7, 0] as const;
const draw = (className: string, shape: readonly number[], config: Record<string, unknown> = {}, key = 0) =>
  initialize({ className, config }, shape, seed, key);

interface Moments {
  readonly mean: number;
  readonly deviation: number;
  readonly largest: number;
}

function momentsOf(values: Float32Array): Moments {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return { mean, deviation: Math.sqrt(variance), largest };
}

/** Standard deviation of a standard normal cut at ±2. */
const CUT = 0.87962566;

const dense = [120, 80] as const;
const convolution = [3, 3, 16, 64] as const;

/** Class, config, shape, expected deviation and bound on the size of a value. */
const distributions: readonly [string, Record<string, unknown>, readonly number[], number, number][] = [
  ['RandomUniform', {}, dense, 0.05 / Math.sqrt(3), 0.05],
  ['RandomUniform', { minval: -1, maxval: 1 }, dense, 1 / Math.sqrt(3), 1],
  ['RandomNormal', { mean: 0, stddev: 0.2 }, dense, 0.2, 2],
  ['TruncatedNormal', { stddev: 0.5 }, dense, 0.5 * CUT, 1],
  ['GlorotUniform', {}, dense, Math.sqrt(2 / 200), Math.sqrt(6 / 200)],
  ['GlorotUniform', {}, convolution, Math.sqrt(2 / (9 * 80)), Math.sqrt(6 / (9 * 80))],
  ['GlorotNormal', {}, dense, Math.sqrt(2 / 200), (2 * Math.sqrt(2 / 200)) / CUT],
  ['HeUniform', {}, dense, Math.sqrt(2 / 120), Math.sqrt(6 / 120)],
  ['HeNormal', {}, convolution, Math.sqrt(2 / 144), (2 * Math.sqrt(2 / 144)) / CUT],
  ['LeCunUniform', {}, dense, Math.sqrt(1 / 120), Math.sqrt(3 / 120)],
  ['LecunNormal', {}, dense, Math.sqrt(1 / 120), (2 * Math.sqrt(1 / 120)) / CUT],
  [
    'VarianceScaling',
    { scale: 3, mode: 'fanOut', distribution: 'uniform' },
    dense,
    Math.sqrt(3 / 80),
    Math.sqrt(9 / 80),
  ],
  ['VarianceScaling', { scale: 1, mode: 'fan_avg', distribution: 'normal' }, dense, Math.sqrt(1 / 100), 1],
  ['VarianceScaling', { scale: 1, mode: 'fan_in', distribution: 'untruncated_normal' }, dense, Math.sqrt(1 / 120), 1],
];

describe('initializers', () => {
  for (const [className, config, shape, deviation, bound] of distributions) {
    test(`${className} ${JSON.stringify(config)} over [${shape}] has Keras's moments`, () => {
      const values = draw(className, shape, config);
      const moments = momentsOf(values);
      assert.equal(
        values.length,
        shape.reduce((size, dimension) => size * dimension, 1),
      );
      assert.ok(Math.abs(moments.mean) < (4 * deviation) / Math.sqrt(values.length));
      assert.ok(Math.abs(moments.deviation / deviation - 1) < 0.03, `deviation ${moments.deviation}, not ${deviation}`);
      assert.ok(moments.largest <= bound * (1 + 1e-6), `${moments.largest} is beyond ${bound}`);
    });
  }

  test('constants are what they say', () => {
    assert.deepEqual([...draw('Zeros', [2])], [0, 0]);
    assert.deepEqual([...draw('Ones', [2])], [1, 1]);
    assert.deepEqual([...draw('Constant', [2], { value: 0.5 })], [0.5, 0.5]);
    assert.deepEqual([...draw('Identity', [2, 3], { gain: 2 })], [2, 0, 0, 0, 2, 0]);
    assert.deepEqual([...draw('Ones', [])], [1]);
  });

  test('the mean of a normal is where it was asked to be', () => {
    assert.ok(Math.abs(momentsOf(draw('RandomNormal', dense, { mean: 3, stddev: 0.1 })).mean - 3) < 0.01);
    assert.ok(Math.abs(momentsOf(draw('TruncatedNormal', dense, { mean: -2, stddev: 0.1 })).mean + 2) < 0.01);
  });

  test('an orthogonal matrix has orthonormal rows or columns, whichever are fewer', () => {
    for (const [rows, columns] of [
      [5, 5],
      [3, 7],
      [7, 3],
      [1, 4],
    ]) {
      const q = draw('Orthogonal', [rows, columns], { gain: 3 });
      const at = (i: number, k: number) => (rows < columns ? q[i * columns + k] : q[k * columns + i]) / 3;
      const few = Math.min(rows, columns);
      for (let i = 0; i < few; i++) {
        for (let j = 0; j < few; j++) {
          let product = 0;
          for (let k = 0; k < Math.max(rows, columns); k++) product += at(i, k) * at(j, k);
          assert.ok(Math.abs(product - Number(i === j)) < 1e-6);
        }
      }
    }
  });

  test('values depend on the seed and the key and on nothing else', () => {
    const again = draw('GlorotUniform', dense, { seed: 99 }, 4);
    const first = draw('GlorotUniform', dense, {}, 4);
    draw('HeNormal', convolution);
    assert.deepEqual(bits(again), bits(first));
    assert.deepEqual(bits(draw('glorot_uniform', dense, {}, 4)), bits(first));
    assert.notDeepEqual(bits(draw('GlorotUniform', dense, {}, 5)), bits(first));
    const other = initialize({ className: 'GlorotUniform', config: {} }, dense, [8, 0], 4);
    assert.notDeepEqual(bits(other), bits(first));
  });

  test('an unknown name or argument is the user’s error, with a code', () => {
    const unsupported = { code: 'UNSUPPORTED_INITIALIZER', blame: 'user' };
    const invalid = { code: 'INVALID_INITIALIZER', blame: 'user' };
    assert.throws(() => draw('MyOwn', [2]), unsupported);
    assert.throws(() => draw('constructor', [2]), unsupported);
    assert.throws(() => draw('RandomNormal', [2], { stddev: 'much' }), invalid);
    assert.throws(() => draw('VarianceScaling', [2, 2], { mode: 'fanSideways' }), invalid);
    assert.throws(() => draw('VarianceScaling', [2, 2], { mode: 'constructor' }), invalid);
    assert.throws(() => draw('Identity', [2]), invalid);
  });
});

describe('the normal quantile', () => {
  test('agrees with published percentage points', () => {
    for (const [p, z] of [
      [0.5, 0],
      [0.75, 0.6744897501960817],
      [0.975, 1.959963984540054],
      [0.99, 2.3263478740408408],
      [0.9999, 3.719016485455709],
      [1e-10, -6.361340902404056],
      [1e-20, -9.262340089798409],
    ]) {
      assert.ok(Math.abs(normalQuantile(p) - z) <= 1e-14 * Math.max(1, Math.abs(z)), `p = ${p}`);
    }
  });

  test('is odd about one half', () => {
    for (const p of [0.001, 0.06, 0.1, 0.25, 0.4]) {
      assert.ok(Math.abs(normalQuantile(p) + normalQuantile(1 - p)) < 1e-14);
    }
  });
});
