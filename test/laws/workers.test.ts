import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { adam, type FitOptions, sgd, Trainer } from '../../src/index.js';
import { type Case, cases, dataFor, dropoutCase, noiseCase } from '../helpers/models.js';

/** Law 1: workers do not matter. */

const optimizers = [
  adam({ learningRate: 0.01, decay: 1e-3, amsgrad: true }),
  sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }),
];

/** Everything a run leaves behind, after two epochs over a ragged number of rows. */
async function outcome(
  given: Case,
  workers: number,
  options: { batchSize: number; shards?: number; optimizer: number },
) {
  await using trainer = await Trainer.create(given.layers, {
    optimizer: optimizers[options.optimizer],
    loss: given.loss,
    metrics: given.metrics,
    workers,
    ...(options.shards !== undefined && { shards: options.shards }),
    seed: 7,
  });
  const fit: FitOptions = { epochs: 2, batchSize: options.batchSize, validationSplit: 0.2 };
  const { history } = await trainer.fit(dataFor(given, 53), fit);
  const { values } = await trainer.predict(dataFor(given, 11, 2), { batchSize: 4 });
  return { fingerprint: trainer.fingerprint(), step: trainer.step, history, predictions: [...values] };
}

describe('Law 1: the number of workers changes no bit of weights, moments, losses, metrics or predictions', () => {
  // 42 training rows: batches of 16 leave a ragged 10, batches of 13 a ragged 3 with fewer rows than shards.
  const settings = [
    { batchSize: 16, shards: 8, optimizer: 0 },
    { batchSize: 13, shards: 8, optimizer: 1 },
    { batchSize: 42, shards: 11, optimizer: 0 },
  ];
  for (const given of [...cases, dropoutCase, noiseCase]) {
    for (const options of settings) {
      test(`${given.title}, batches of ${options.batchSize} in ${options.shards} shards`, async () => {
        const alone = await outcome(given, 1, options);
        for (const workers of [2, 3, 5, 8]) {
          assert.deepEqual(await outcome(given, workers, options), alone, `${workers} workers`);
        }
      });
    }
  }
});

describe('Law 1 with the default shards: more workers than there are shards, or rows, change no bit', () => {
  // Batches of 13 end in a ragged 3, batches of 5 have fewer rows than shards.
  const families = /dense regression|two LSTM|batch normalization/;
  for (const given of cases.filter(({ title }) => families.test(title))) {
    for (const batchSize of [13, 5]) {
      test(`${given.title}, batches of ${batchSize}`, async () => {
        const options = { batchSize, optimizer: 0 };
        const alone = await outcome(given, 1, options);
        for (const workers of [2, 3, 5, 8, 13, 64]) {
          assert.deepEqual(await outcome(given, workers, options), alone, `${workers} workers`);
        }
      });
    }
  }

  test('a trainer has 8 shards, whatever the number of workers', async () => {
    for (const workers of [1, 5, 8, 13, 64]) {
      const { shards } = await Trainer.describe(cases[0].layers, { optimizer: 'adam', loss: cases[0].loss, workers });
      assert.equal(shards, 8, `${workers} workers`);
    }
  });
});

test('Law 5: resizing between steps changes nothing but speed', async () => {
  const given = dropoutCase;
  const data = dataFor(given, 24);
  const options = { optimizer: optimizers[0], loss: given.loss, metrics: given.metrics, workers: 1, seed: 3 };
  await using steady = await Trainer.create(given.layers, options);
  await using resized = await Trainer.create(given.layers, options);
  for (const workers of [3, 2, 11, 5, 1]) {
    await resized.resize(workers);
    assert.deepEqual(await resized.trainOnBatch(data), await steady.trainOnBatch(data));
  }
  assert.equal(resized.fingerprint(), steady.fingerprint());
});
