import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Callback, type FitOptions, sgd, Trainer } from '../../src/index.js';
import { Choices } from '../helpers/faults.js';
import { type Case, cases, dataFor, dropoutCase } from '../helpers/models.js';

/** Law 5: resizing does not matter. */

const normalized = cases.find(({ layers }) => layers.some(({ type }) => type === 'BatchNormalization')) as Case;
const fit: FitOptions = { epochs: 3, batchSize: 9, validationSplit: 0.2 };
// 24 training rows: three steps an epoch, the last one ragged.
const ROWS = 30;
const STEPS = 9;

/** Trains to the end, going on with `sizes` ranks one after another, each for the steps that `pauses` name. */
async function trainThrough(trainer: Trainer, given: Case, pauses: readonly number[], sizes: readonly number[]) {
  const data = dataFor(given, ROWS);
  for (const [i, pause] of pauses.entries()) {
    const controller = new AbortController();
    const stop: Callback = { onBatchEnd: (_batch, _logs, { step }) => void (step === pause && controller.abort()) };
    await assert.rejects(trainer.fit(data, { ...fit, callbacks: [stop], signal: controller.signal }), {
      code: 'ABORTED',
    });
    assert.equal(trainer.step, pause);
    await trainer.resize(sizes[i]);
    assert.equal(trainer.workers, sizes[i]);
  }
  const { history } = await trainer.fit(data, fit);
  return { fingerprint: trainer.fingerprint(), history, evaluation: await trainer.evaluate(data) };
}

describe('Law 5: resizing at any steps to any numbers of ranks changes nothing but speed', () => {
  for (const given of [dropoutCase, normalized]) {
    for (const seed of [1, 2, 3, 4]) {
      const choices = new Choices(seed);
      const pauses = Array.from({ length: STEPS - 1 }, (_, i) => i + 1).filter(() => choices.below(3) === 0);
      const sizes = pauses.map(() => 1 + choices.below(8));
      test(`${given.title}: ${sizes.join(', ')} ranks after steps ${pauses.join(', ')}`, async () => {
        const options = {
          optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }),
          loss: given.loss,
          metrics: given.metrics,
          workers: 2,
          seed,
        };
        await using steady = await Trainer.create(given.layers, options);
        await using resized = await Trainer.create(given.layers, options);
        assert.deepEqual(await trainThrough(resized, given, pauses, sizes), await trainThrough(steady, given, [], []));
      });
    }
  }
});
