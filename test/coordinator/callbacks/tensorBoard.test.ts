import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Point, summaryEvent, versionEvent } from '../../../src/coordinator/callbacks/tensorBoard/event.js';
import { histogram } from '../../../src/coordinator/callbacks/tensorBoard/histogram.js';
import { record } from '../../../src/coordinator/callbacks/tensorBoard/record.js';
import { callbacks } from '../../../src/index.js';
import { readEvents } from '../../helpers/events.js';
import { FakeFit } from './fakeFit.js';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
});
after(() => rm(folder, { recursive: true }));

const golden = JSON.parse(await readFile('test/golden/data/tensorboard.json', 'utf8')) as {
  seconds: number;
  records: Record<string, string>;
};

describe('Records have the bytes that TensorBoard itself writes', () => {
  const spread = { min: -1, max: 2, count: 4, sum: 2.5, sumOfSquares: 7.25, limits: [0, 1, 2], counts: [1, 2, 1] };
  const { seconds } = golden;
  const scalar = (tag: string, value: number): Point => ({ tag, value });
  const table: [string, Buffer][] = [
    ['version', versionEvent(seconds)],
    ['scalars', summaryEvent(seconds, 7, [scalar('epoch_loss', 0.25), scalar('epoch_accuracy', 0.875)])],
    ['large step', summaryEvent(seconds, 5_000_000_000, [scalar('batch_loss', Number.POSITIVE_INFINITY)])],
    ['not a number', summaryEvent(seconds, 128, [scalar('epoch_loss', Number.NaN)])],
    ['histogram', summaryEvent(seconds, 3, [{ tag: 'dense/kernel/histogram', value: spread }])],
  ];
  for (const [title, event] of table) {
    test(title, () => assert.equal(record(event).toString('base64'), golden.records[title]));
  }
});

describe('A histogram', () => {
  // numpy.histogram([0, 1, 2, 30], bins=30)
  test('has 30 buckets of one width, of which the last holds the greatest number', () => {
    const found = histogram([0, 1, 2, 30]);
    assert.deepEqual(
      found?.counts.flatMap((count, i) => (count > 0 ? [[i, count]] : [])),
      [
        [0, 1],
        [1, 1],
        [2, 1],
        [29, 1],
      ],
    );
    assert.deepEqual([found?.min, found?.max, found?.sum, found?.sumOfSquares], [0, 30, 33, 905]);
  });

  test('of one number has one bucket', () => assert.deepEqual(histogram([5, 5])?.counts, [2]));

  test('of numbers that are not finite is left out', () => assert.equal(histogram([1, Number.NaN]), null));
});

describe('callbacks.tensorBoard', () => {
  test('writes the names of Keras, training and validation each in a folder', async () => {
    const logDir = join(folder, 'names');
    const callback = callbacks.tensorBoard({ logDir, histogramFreq: 2 });
    const fit = new FakeFit('loss', 'val_loss');
    await callback.onTrainBegin?.(fit);
    for (const epoch of [0, 1, 2]) {
      await callback.onEpochEnd?.(epoch, { loss: 3 - epoch, val_loss: 4 - epoch }, fit);
    }
    assert.deepEqual(await readEvents(join(logDir, 'train')), {
      epoch_loss: [
        [0, 3],
        [1, 2],
        [2, 1],
      ],
      epoch_learning_rate: [
        [0, 1],
        [1, 1],
        [2, 1],
      ],
      'w/histogram': [
        [0, null],
        [2, null],
      ],
    });
    assert.deepEqual(await readEvents(join(logDir, 'validation')), {
      epoch_loss: [
        [0, 4],
        [1, 3],
        [2, 2],
      ],
    });
  });

  test('goes on where a checkpoint was taken: no epoch is there twice', async () => {
    const logDir = join(folder, 'resumed');
    const fit = new FakeFit('loss');
    const first = callbacks.tensorBoard({ logDir });
    await first.onTrainBegin?.(fit);
    await first.onEpochEnd?.(0, { loss: 3 }, fit);
    const state = structuredClone(first.state?.());
    await first.onEpochEnd?.(1, { loss: 2 }, fit);
    const second = callbacks.tensorBoard({ logDir });
    await second.onTrainBegin?.(fit);
    await second.restore?.(state);
    for (const epoch of [1, 2]) await second.onEpochEnd?.(epoch, { loss: 2 / epoch }, fit);
    const { epoch_loss } = await readEvents(join(logDir, 'train'));
    assert.deepEqual(epoch_loss, [
      [0, 3],
      [1, 2],
      [2, 1],
    ]);
    assert.equal((await readdir(join(logDir, 'train'))).length, 1);
  });

  test('begins a file of its own for another fit, and none for a fit that is refused', async () => {
    const logDir = join(folder, 'again');
    const fit = new FakeFit('loss');
    const callback = callbacks.tensorBoard({ logDir });
    for (const _ of [1, 2]) {
      await callback.onTrainBegin?.(fit);
      await callback.onEpochEnd?.(0, { loss: 1 }, fit);
    }
    await callback.onTrainBegin?.(fit);
    assert.equal((await readdir(join(logDir, 'train'))).length, 2);
  });

  test('writes the batches that updateFreq asks for', async () => {
    const logDir = join(folder, 'batches');
    const callback = callbacks.tensorBoard({ logDir, updateFreq: 2 });
    assert.equal(callback.pauseEvery, 2);
    const fit = new FakeFit('loss');
    Object.assign(fit, { lastBatch: { rows: 1, logs: { loss: 0.5 } } });
    await callback.onTrainBegin?.(fit);
    for (const step of [2, 3, 4]) await callback.onPause?.(Object.assign(fit, { step }));
    assert.deepEqual((await readEvents(join(logDir, 'train'))).batch_loss, [
      [2, 0.5],
      [4, 0.5],
    ]);
  });

  test('needs a folder', () => {
    assert.throws(() => callbacks.tensorBoard({} as never), {
      message: /logDir is missing; give the path of a folder/,
    });
  });
});
