import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { tensor1d, tensor2d } from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { type ColumnNeed, toColumn } from '../../../src/coordinator/data/columns.js';
import { LockstepError, Trainer } from '../../../src/index.js';
import { columnArray } from '../../../src/shared/memory/dataset.js';

const features: ColumnNeed = { name: 'x', shape: [2], type: 'float32' };
const tokens: ColumnNeed = { name: 'x', shape: [2], type: 'int32', limit: 2 ** 30 };

/** Two rows of the numbers 1, 2, 3, 200. */
const values = async (source: unknown, need = features): Promise<number[]> => {
  const column = await toColumn(source as never, need);
  assert.equal(column.rows, 2);
  return Array.from(columnArray(column));
};

const numbers = [1, 2, 3, 200];
const hot = (at: number): number[] => {
  const row = new Array(2);
  row[at] = 1;
  return row;
};
const foreign = createContext({});
const float16 = (globalThis as { Float16Array?: { from(given: number[]): unknown } }).Float16Array;

/** Whatever JavaScript has for numbers. */
const kinds: readonly [string, unknown][] = [
  ['Float32Array', Float32Array.from(numbers)],
  ['Float64Array', Float64Array.from(numbers)],
  ['Int32Array', Int32Array.from(numbers)],
  ['Uint32Array', Uint32Array.from(numbers)],
  ['Int16Array', Int16Array.from(numbers)],
  ['Uint16Array', Uint16Array.from(numbers)],
  ['Uint8Array', Uint8Array.from(numbers)],
  ['Uint8ClampedArray', Uint8ClampedArray.from(numbers)],
  ['Buffer', Buffer.from(numbers)],
  ['BigInt64Array', BigInt64Array.from(numbers, BigInt)],
  ['BigUint64Array', BigUint64Array.from(numbers, BigInt)],
  ...(float16 === undefined ? [] : ([['Float16Array', float16.from(numbers)]] as [string, unknown][])),
  [
    'nested arrays',
    [
      [1, 2],
      [3, 200],
    ],
  ],
  ['a list of Float32Array', [Float32Array.of(1, 2), Float32Array.of(3, 200)]],
  ['a list of Uint8Array', [Uint8Array.of(1, 2), Uint8Array.of(3, 200)]],
  [
    'nested BigInts',
    [
      [1n, 2n],
      [3n, 200n],
    ],
  ],
  ['{ values: number[], shape }', { values: numbers, shape: [2, 2] }],
  ['{ values: Float64Array, shape }', { values: Float64Array.from(numbers), shape: [2, 2] }],
  ['part of a buffer', Float32Array.from([9, ...numbers, 9]).subarray(1, 5)],
  ...['Float32Array', 'Float64Array', 'Int32Array', 'Uint8Array', 'BigInt64Array'].map((kind): [string, unknown] => [
    `${kind} of another realm`,
    runInContext(`${kind}.from([1, 2, 3, 200]${kind.startsWith('Big') ? '.map(BigInt)' : ''})`, foreign),
  ]),
  ['nested arrays of another realm', runInContext('[[1, 2], new Float32Array([3, 200])]', foreign)],
  [
    '{ values, shape } of another realm',
    runInContext('({ values: new Int16Array([1, 2, 3, 200]), shape: [2, 2] })', foreign),
  ],
];

describe('Numbers are taken from any array that holds them', () => {
  for (const [title, source] of kinds) {
    test(title, async () => {
      assert.deepEqual(await values(source), numbers);
      assert.deepEqual(await values(source, tokens), numbers);
    });
  }

  test('by a trainer, as features, targets and weights', async () => {
    await using trainer = await Trainer.create([{ type: 'Dense', units: 1, inputShape: [2] }], {
      optimizer: 'sgd',
      loss: 'meanSquaredError',
      workers: 1,
      seed: 1,
    });
    const { values: expected } = await trainer.predict({ x: Float32Array.from(numbers) });
    for (const [title, x] of kinds)
      assert.deepEqual((await trainer.predict({ x: x as never })).values, expected, title);
    const data = { x: Float64Array.from(numbers), y: Int16Array.of(1, 2), sampleWeight: Uint16Array.of(1, 3) };
    const { loss } = await trainer.evaluate(data);
    const squares = [1, 2].map((target, i) => (expected[i] - target) ** 2);
    assert.ok(Math.abs(loss - (squares[0] + 3 * squares[1]) / 4) < 1e-4 * loss, `${loss}`);
  });
});

describe('Whole numbers keep every digit on their way to an index', () => {
  // Odd numbers beyond 2^24 are no float32.
  for (const source of [
    [
      [16777217, 16777219],
      [16777221, 3],
    ],
    Float64Array.of(16777217, 16777219, 16777221, 3),
    BigInt64Array.of(16777217n, 16777219n, 16777221n, 3n),
  ]) {
    test(source.constructor.name, async () =>
      assert.deepEqual(await values(source, tokens), [16777217, 16777219, 16777221, 3]),
    );
  }
});

const self: unknown[] = [];
self.push(self);
const disposed = tensor2d([[1, 2]]);
disposed.dispose();
const transferred = Float32Array.from(numbers);
structuredClone(transferred, { transfer: [transferred.buffer] });

describe('What is no array of numbers is one sentence', () => {
  const wrong: readonly [string, unknown, string, RegExp][] = [
    ['a row with a hole', [hot(0), hot(1)], 'INVALID_DATA', /^x\[0\]\[1\] is nothing; give numbers/],
    ['a hole at the start of a row', [[1, 2], hot(1)], 'INVALID_DATA', /^x\[1\]\[0\] is nothing/],
    [
      'a row that is a hole',
      Object.assign(new Array(2), { 0: [1, 2] }),
      'INVALID_DATA',
      /^x\[1\] has nothing, but the first/,
    ],
    ['nothing but holes', new Array(4), 'INVALID_DATA', /^x\[0\] is nothing/],
    ['an array without memory for its holes', new Array(2 ** 32 - 1), 'INVALID_DATA', /x/],
    ['undefined', [[1, undefined]], 'INVALID_DATA', /^x\[0\]\[1\] is nothing/],
    ['null', [[1, null]], 'INVALID_DATA', /^x\[0\]\[1\] is null/],
    ['a text', [[1, '2']], 'INVALID_DATA', /^x\[0\]\[1\] is "2"/],
    ['rows of two lengths', [[1, 2], [3]], 'INVALID_DATA', /^x\[1\] has 1 entries, but the first of its kind has 2/],
    ['typed rows of two lengths', [Float32Array.of(1, 2), Float32Array.of(3)], 'INVALID_DATA', /^x\[1\] has 1 entries/],
    ['an array that contains itself', self, 'INVALID_DATA', /nested more than 16 arrays deep/],
    ['a DataView', new DataView(new ArrayBuffer(16)), 'INVALID_DATA', /an object of type DataView; give/],
    ['an ArrayBuffer', new ArrayBuffer(16), 'INVALID_DATA', /ArrayBuffer; give .*Float32Array, Int32Array/],
    ['a Set', new Set(numbers), 'INVALID_DATA', /type Set/],
    ['an object without a prototype', Object.create(null), 'INVALID_DATA', /type Object/],
    ['nothing', undefined, 'INVALID_DATA', /^x is nothing/],
    ['a number', 7, 'INVALID_DATA', /^x is 7/],
    ['a BigInt', 7n, 'INVALID_DATA', /^x is 7/],
    ['a symbol', Symbol('x'), 'INVALID_DATA', /^x is Symbol\(x\)/],
    ['values of texts', { values: ['1', '2'], shape: [1, 2] }, 'INVALID_DATA', /^x\.values\[0\] is "1"/],
    ['values without a shape', { values: numbers }, 'INVALID_DATA', /give a tensor/],
    [
      'fewer values than the shape has',
      { values: numbers, shape: [3, 2] },
      'SHAPE_MISMATCH',
      /has 4 numbers, but its shape \[3, 2\] has 6/,
    ],
    ['more values than the shape has', { values: numbers, shape: [1, 2] }, 'SHAPE_MISMATCH', /has 4 numbers, .* has 2/],
    ['a negative shape', { values: numbers, shape: [-2, 2] }, 'SHAPE_MISMATCH', /shape \[-2, 2\]/],
    [
      'a scale of what is no byte',
      { values: numbers, shape: [2, 2], scale: 2 },
      'INVALID_DATA',
      /only a Uint8Array is scaled/,
    ],
    [
      'a scale that is no number',
      { values: Uint8Array.of(1, 2), shape: [1, 2], scale: Number.NaN },
      'INVALID_DATA',
      /scale is NaN/,
    ],
    [
      'a tensor that was disposed of',
      disposed,
      'INVALID_DATA',
      /^x is a tensor that cannot be read: Tensor is disposed/,
    ],
    ['a tensor of texts', tensor1d(['a', 'b']), 'INVALID_DATA', /^x\.values\[0\] is "a"/],
    ['an array that was transferred', transferred, 'EMPTY_DATA', /no rows/],
    [
      'a double beyond float32',
      Float64Array.of(1, 2, 3, 1e39),
      'NON_FINITE_DATA',
      /1e\+39 in row 1, column 1, which is beyond the range/,
    ],
    ['a nested number beyond float32', [[1, -4e38]], 'NON_FINITE_DATA', /-4e\+38 in row 0, column 1/],
    ['NaN', [[1, Number.NaN]], 'NON_FINITE_DATA', /NaN in row 0, column 1, but every value must be/],
    [
      'a BigInt that no number holds',
      BigInt64Array.of(1n, 2n ** 53n + 1n),
      'INVALID_DATA',
      /9007199254740993 is a BigInt beyond 2\^53/,
    ],
  ];
  for (const [title, source, code, message] of wrong) {
    test(title, () =>
      assert.throws(
        () => toColumn(source as never, features),
        (error: Error) => {
          assert.ok(error instanceof LockstepError, error.stack);
          assert.equal(error.code, code, error.message);
          assert.match(error.message, message);
          return true;
        },
      ),
    );
  }

  test('of weights, too', async () => {
    await using trainer = await Trainer.create([{ type: 'Dense', units: 1, inputShape: [2] }], {
      optimizer: 'sgd',
      loss: 'meanSquaredError',
      workers: 1,
    });
    const data = { x: Float32Array.from(numbers), y: Float32Array.of(1, 2) };
    for (const sampleWeight of [5, 'x', new Array(2), [1, new Array(1)], [[1], new Array(1)], new Map()]) {
      await assert.rejects(trainer.evaluate({ ...data, sampleWeight: sampleWeight as never }), LockstepError);
    }
  });
});
