import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { adam, type Callback, callbacks, type LockstepError, Trainer } from '../../src/index.js';
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

describe('Law 2 holds for callbacks: what they remember is part of a checkpoint', () => {
  const rounds = { ...fit, epochs: 8 };
  // The loss falls in epoch 1 and then no more: the rate falls twice, and training ends with the weights of epoch 1.
  const remembering = (): Callback[] => [
    callbacks.reduceLROnPlateau({ monitor: 'loss', factor: 0.3, patience: 1 }),
    callbacks.learningRateScheduler((_epoch, rate) => rate * 1.5),
    callbacks.earlyStopping({ monitor: 'loss', patience: 2, restoreBestWeights: true }),
  ];
  let folder: string;
  let undisturbed: { fingerprint: string; history: unknown; learningRate: number };

  const outcomeOf = async (trainer: Trainer, given: readonly Callback[]): Promise<typeof undisturbed> => {
    const history = await trainer.fit(data, { ...rounds, callbacks: given });
    return { fingerprint: trainer.fingerprint(), history, learningRate: trainer.learningRate };
  };

  /** Asks for a checkpoint after every step and every epoch. It has no state, so resumed runs may go without it. */
  const checkpointing = (): Callback => ({
    onBatchEnd: (_batch, _logs, { step, checkpoint }) => checkpoint(join(folder, `step ${step}`)),
    onEpochEnd: (epoch, _logs, { checkpoint }) => checkpoint(join(folder, `epoch ${epoch}`)),
  });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
    await using trainer = await Trainer.create(dropoutCase.layers, { ...options, workers: 2 });
    undisturbed = await outcomeOf(trainer, [checkpointing(), ...remembering()]);
  });

  after(() => rm(folder, { recursive: true }));

  test('the undisturbed run lowers its rate and ends early', async () => {
    const { epoch } = undisturbed.history as { epoch: number[] };
    assert.ok(epoch.length > 3 && epoch.length < rounds.epochs, `${epoch.length} epochs`);
    assert.notEqual(undisturbed.learningRate, 0.001 * 1.5 ** epoch.length);
  });

  for (const moment of [
    'step 1',
    'step 4',
    'epoch 0',
    'step 6',
    'epoch 1',
    'step 11',
    'epoch 2',
    'step 14',
    'epoch 3',
  ]) {
    test(`resumed from the checkpoint of ${moment}`, async () => {
      await using trainer = await Trainer.resume(join(folder, moment), { workers: 3 });
      assert.deepEqual(await outcomeOf(trainer, remembering()), undisturbed);
    });
  }

  test('a run that a callback has ended stays ended', async () => {
    const { epoch } = undisturbed.history as { epoch: number[] };
    await using trainer = await Trainer.resume(join(folder, `epoch ${epoch.length - 1}`), { workers: 1 });
    const step = trainer.step;
    assert.deepEqual(await outcomeOf(trainer, remembering()), undisturbed);
    assert.equal(trainer.step, step);
  });

  test('going on with other callbacks is refused with both lists', async () => {
    await using trainer = await Trainer.resume(join(folder, 'step 6'), { workers: 2 });
    const [first, second, third] = remembering();
    for (const given of [[], [first, third], [second, first, third]]) {
      await assert.rejects(trainer.fit(data, { ...rounds, callbacks: given }), (error: LockstepError) => {
        assert.equal(error.code, 'RESUME_MISMATCH');
        assert.match(error.message, /with the callbacks reduceLROnPlateau, learningRateScheduler, earlyStopping, but/);
        return true;
      });
    }
    assert.deepEqual(await outcomeOf(trainer, [first, checkpointing(), second, third]), undisturbed);
  });
});
