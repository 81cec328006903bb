import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { adam, type Callback, type LockstepError, Trainer } from '../../src/index.js';
import { dataFor, dropoutCase } from '../helpers/models.js';

/** Law 2: resuming does not matter. */

const options = {
  optimizer: adam({ decay: 1e-3, amsgrad: true }),
  loss: dropoutCase.loss,
  metrics: dropoutCase.metrics,
  seed: 11,
} as const;
const data = dataFor(dropoutCase, 25);
// 20 training rows in batches of 6: three full steps and a ragged one, two epochs.
const fit = { epochs: 2, batchSize: 6, validationSplit: 0.2 };
const STEPS = 8;

/** Aborts once `step` updates are done. */
function stopAfter(step: number): { callback: Callback; signal: AbortSignal } {
  const controller = new AbortController();
  const callback: Callback = {
    onBatchEnd: (_batch, _logs, control) => {
      if (control.step === step) controller.abort();
    },
  };
  return { callback, signal: controller.signal };
}

describe('Law 2: a run that is interrupted after any step and resumed with other workers has the same bits', () => {
  let folder: string;
  let undisturbed: { fingerprint: string; history: unknown };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
    await using trainer = await Trainer.create(dropoutCase.layers, { ...options, workers: 2 });
    const history = await trainer.fit(data, fit);
    undisturbed = { fingerprint: trainer.fingerprint(), history };
  });

  after(() => rm(folder, { recursive: true }));

  for (let step = 1; step < STEPS; step++) {
    const workers = [1, 2, 3, 5, 8][step % 5];
    test(`interrupted after step ${step}, resumed with ${workers} workers`, async () => {
      const path = join(folder, `${step}.ckpt`);
      await using first = await Trainer.create(dropoutCase.layers, { ...options, workers: 3 });
      const { callback, signal } = stopAfter(step);
      await assert.rejects(first.fit(data, { ...fit, callbacks: [callback], signal }), { code: 'ABORTED' });
      assert.equal(first.step, step);
      await first.checkpoint(path);

      await using second = await Trainer.resume(path, { workers });
      const history = await second.fit(data, fit);
      assert.deepEqual({ fingerprint: second.fingerprint(), history }, undisturbed);
    });
  }

  test('an aborted fit goes on in the same trainer', async () => {
    await using trainer = await Trainer.create(dropoutCase.layers, { ...options, workers: 2 });
    const { callback, signal } = stopAfter(5);
    await assert.rejects(trainer.fit(data, { ...fit, callbacks: [callback], signal }), { code: 'ABORTED' });
    const history = await trainer.fit(data, fit);
    assert.deepEqual({ fingerprint: trainer.fingerprint(), history }, undisturbed);
  });

  test('going on with other data is refused with both sizes', async () => {
    await using trainer = await Trainer.create(dropoutCase.layers, { ...options, workers: 2 });
    const { callback, signal } = stopAfter(1);
    await assert.rejects(trainer.fit(data, { ...fit, callbacks: [callback], signal }), { code: 'ABORTED' });
    await assert.rejects(trainer.fit(dataFor(dropoutCase, 30), fit), (error: LockstepError) => {
      assert.equal(error.code, 'RESUME_MISMATCH');
      assert.match(error.message, /rows 20.*rows 24/);
      return true;
    });
  });
});
