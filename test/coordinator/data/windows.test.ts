import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { data, type LabelledData, Trainer } from '../../../src/index.js';

const series = Float32Array.from({ length: 10 }, (_, step) => step);
const all = (rows: number): Int32Array => Int32Array.from({ length: rows }, (_, row) => row);

async function rowsOf(source: ReturnType<typeof data.windows>) {
  const { x, y } = (await source.read(all(source.rows), 0)) as LabelledData &
    Record<'x' | 'y', { values: Float32Array; shape: number[] }>;
  return { x: [...x.values], xShape: x.shape, y: [...y.values], yShape: y.shape };
}

describe('Windows of a series', () => {
  test('begin at every step, and the step behind each is its target', async () => {
    const { x, xShape, y, yShape } = await rowsOf(data.windows(series, { length: 8 }));
    assert.deepEqual([xShape, yShape], [[2, 8], [2]]);
    assert.deepEqual(x, [0, 1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert.deepEqual(y, [8, 9]);
  });

  test('take every so many steps, and begin every so many', async () => {
    const { x, y } = await rowsOf(data.windows(series, { length: 3, every: 2, stride: 3 }));
    assert.deepEqual(
      [x, y],
      [
        [0, 2, 4, 3, 5, 7],
        [5, 8],
      ],
    );
  });

  test('may have a target at each step, further ahead, or from elsewhere', async () => {
    const each = await rowsOf(data.windows(Int32Array.from(series), { length: 4, stride: 4, eachStep: true }));
    assert.deepEqual(
      [each.y, each.yShape],
      [
        [1, 2, 3, 4, 5, 6, 7, 8],
        [2, 4],
      ],
    );
    const targets = { values: Float32Array.from({ length: 20 }, (_, i) => 100 + i), shape: [10, 2] };
    const last = await rowsOf(data.windows({ values: series, shape: [10, 1] }, { length: 9, targets, ahead: 0 }));
    assert.deepEqual(
      [last.xShape, last.y, last.yShape],
      [
        [2, 9, 1],
        [116, 117, 118, 119],
        [2, 2],
      ],
    );
  });

  test('are those of timeseries_dataset_from_array, whose target stands at the first step of a window', async () => {
    // keras.utils.timeseries_dataset_from_array(s[:-3], s[3:], 3, sequence_stride=2): x 0 1 2, 2 3 4, 4 5 6; y 3, 5, 7.
    const { x, y } = await rowsOf(data.windows(series.subarray(0, 9), { length: 3, stride: 2 }));
    assert.deepEqual(
      [x, y],
      [
        [0, 1, 2, 2, 3, 4, 4, 5, 6],
        [3, 5, 7],
      ],
    );
  });

  const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
    [
      'a series shorter than a window',
      () => data.windows(series, { length: 10 }),
      /the series has 10 steps, but a window of 10 and its target take 11; give a longer series or a shorter window/,
    ],
    [
      'targets of other steps',
      () => data.windows(series, { length: 2, targets: new Float32Array(9) }),
      /the series has 10 steps but targets have 9/,
    ],
    [
      'a shape of other values',
      () => data.windows({ values: series, shape: [4, 2] }, { length: 2 }),
      /series has 10 values, but its shape \[4, 2\] has 8 places/,
    ],
    [
      'what is no series',
      () => data.windows([1, 2, 3] as never, { length: 2 }),
      /series is \[1,2,3\]|series is .*; give a Float32Array/,
    ],
    ['no length', () => data.windows(series, {} as never), /length/],
  ];
  for (const [what, make, message] of refused) test(`refuse ${what}`, () => assert.throws(make, { message }));

  test('train to the bits of the same rows in memory', async () => {
    const source = data.windows({ values: series, shape: [10, 1] }, { length: 3 });
    const layers = [
      { type: 'LSTM', units: 2, inputShape: [3, 1] },
      { type: 'Dense', units: 1 },
    ];
    const outcomes = [];
    for (const rows of [source, await source.read(all(source.rows), 0)]) {
      await using trainer = await Trainer.create(layers, {
        optimizer: 'adam',
        loss: 'meanSquaredError',
        workers: 1,
        seed: 3,
      });
      await trainer.fit(rows, { epochs: 2, batchSize: 3 });
      outcomes.push(trainer.fingerprint());
    }
    assert.equal(outcomes[1], outcomes[0]);
  });
});
