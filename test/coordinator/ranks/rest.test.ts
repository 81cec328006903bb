import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { adam, Trainer, type TrainerOptions } from '../../../src/index.js';
import { cases, dataFor } from '../../helpers/models.js';

/** Ranks rest when nobody has asked them for anything for a tenth of a second, so that a process may end. */

const [dense] = cases;
const data = dataFor(dense, 20);
const options: TrainerOptions = { optimizer: adam(), loss: dense.loss, seed: 3, shards: 4, workers: 2, profile: true };
const REST_MS = 300;

const attachTimes = (trainer: Trainer) => trainer.phaseTimes().map(({ attach }) => attach);

describe('Ranks that have rested', () => {
  test('go on with what they were attached to, to the same bits', async () => {
    await using calm = await Trainer.create(dense.layers, options);
    await using trainer = await Trainer.create(dense.layers, options);
    await trainer.trainOnBatch(data);
    const attached = attachTimes(trainer);
    for (let step = 1; step < 3; step++) {
      await sleep(REST_MS);
      await trainer.trainOnBatch(data);
    }
    assert.deepEqual(attachTimes(trainer), attached);
    for (let step = 0; step < 3; step++) await calm.trainOnBatch(data);
    assert.equal(trainer.fingerprint(), calm.fingerprint());
  });

  test('get a larger arena where a batch has become larger', async () => {
    await using calm = await Trainer.create(dense.layers, options);
    await using trainer = await Trainer.create(dense.layers, options);
    for (const rows of [4, 20, 4]) {
      await trainer.trainOnBatch(dataFor(dense, rows));
      await sleep(REST_MS);
      await calm.trainOnBatch(dataFor(dense, rows));
    }
    assert.equal(trainer.fingerprint(), calm.fingerprint());
  });

  for (const engine of ['reference', 'tfjs'] as const) {
    test(`forget a trainer that was closed meanwhile, with engine ${engine}`, async () => {
      const shared = { ...options, profile: false, engine };
      await using first = await Trainer.create(dense.layers, shared);
      await first.trainOnBatch(data);
      const loss = (await first.testOnBatch(data)).loss;
      for (let i = 0; i < 2; i++) {
        const second = await Trainer.create(dense.layers, { ...shared, shareWith: first });
        assert.equal((await second.testOnBatch(data)).loss, loss);
        await sleep(REST_MS);
        await second.close();
        assert.equal((await first.testOnBatch(data)).loss, loss);
      }
    });
  }
});
