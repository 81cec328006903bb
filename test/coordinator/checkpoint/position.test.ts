import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeRun, encodeRun } from '../../../src/coordinator/checkpoint/contents.js';
import { type FitPosition, takePosition } from '../../../src/coordinator/checkpoint/position.js';
import { sgd } from '../../../src/index.js';

/** A fit goes on where a checkpoint stands only if it is the same fit. */

const position = (changes: Partial<FitPosition> = {}): FitPosition => ({
  ...{ epoch: 2, batch: 3, totals: [24, 5.5, 17], history: { loss: [0.5, 0.25] }, stopped: false, taken: 0 },
  ...{ rows: 40, batchSize: 8, stepsPerEpoch: null },
  ...changes,
});

/** What `fit` goes on with, where its ranks keep so many sums. */
function taken(stored: FitPosition, sums: number, batchSize = 8): FitPosition {
  const state = { step: 13, epochsTrained: 2, position: stored, callbackStates: () => [] };
  const now = { state, train: { rows: 40 }, runtime: { totals: new Array<number>(sums).fill(0) } };
  return takePosition(now, { batchSize, initialEpoch: 0 });
}

describe('A checkpoint from the middle of an epoch', () => {
  test('goes on with its sums', () => {
    assert.deepEqual(taken(position(), 3).totals, [24, 5.5, 17]);
  });

  for (const sums of [0, 1, 2, 4, 400]) {
    test(`is refused where ${sums} sums are kept now instead of 3`, () => {
      assert.throws(() => taken(position(), sums), {
        code: 'RESUME_MISMATCH',
        message: new RegExp(`in the middle of epoch 3 with 3 sums for its metrics, but .* keeps ${sums}; resume from`),
      });
    });
  }
});

test('One from the end of an epoch goes on with as many sums as are kept now', () => {
  for (const sums of [1, 3, 400]) {
    const { totals, epoch } = taken(position({ batch: 0 }), sums);
    assert.deepEqual([epoch, totals], [2, new Array<number>(sums).fill(0)]);
  }
});

test('Other rows or batches are refused, wherever it stands', () => {
  for (const batch of [0, 3]) {
    assert.throws(() => taken(position({ batch }), 3, 16), { code: 'RESUME_MISMATCH', message: /batchSize 8, .* 16/ });
    assert.throws(() => taken(position({ batch, rows: 41 }), 3), { code: 'RESUME_MISMATCH', message: /rows 41/ });
  }
});

describe('A record with more shards than a trainer may have is refused before anything is planned', () => {
  const record = {
    ...{ topology: {}, objectives: [], modules: [], seed: 1, workers: 1, step: 0, epochsTrained: 0, learningRate: 0.1 },
    ...{ optimizer: sgd(), position: null, callbacks: [] },
  };
  const read = (shards: number) => decodeRun('run.ckpt', encodeRun({ ...record, shards } as never));

  test('as many as it may have are read', () => {
    assert.equal(read(65_536).shards, 65_536);
  });

  for (const shards of [0, 65_537, 2 ** 26, 2 ** 32, 1.5]) {
    test(`${shards}`, () => assert.throws(() => read(shards), { name: 'LockstepError', message: /run\.ckpt/ }));
  }
});
