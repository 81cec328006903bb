import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { permutation } from '../../src/coordinator/data/permutation.js';
import { adam, Trainer } from '../../src/index.js';
import { cases, dataFor, dropoutCase, noiseCase } from '../helpers/models.js';

/** Law 7: order does not leak. Every draw is keyed by (seed, purpose, layer, step, position). */

const options = { optimizer: adam(), loss: dropoutCase.loss, metrics: dropoutCase.metrics, workers: 2 } as const;

describe('Law 7: order does not leak', () => {
  test('the same seed gives the same run, another seed another', async () => {
    const run = async (seed: number): Promise<string> => {
      await using trainer = await Trainer.create(dropoutCase.layers, { ...options, seed });
      await trainer.fit(dataFor(dropoutCase, 30), { epochs: 2, batchSize: 8 });
      return trainer.fingerprint();
    };
    const first = await run(5);
    assert.equal(await run(5), first);
    assert.notEqual(await run(6), first);
    assert.notEqual(await run(5 + 2 ** 32), first, 'the high half of the seed counts too');
  });

  test('initial weights depend on the seed and the place of the layer, not on the data or the workers', async () => {
    const weights = async (workers: number): Promise<unknown> => {
      await using trainer = await Trainer.create(cases[2].layers, { ...options, workers, seed: 9 });
      return trainer.weights();
    };
    assert.deepEqual(await weights(1), await weights(3));
  });

  for (const { title, layers } of [dropoutCase, noiseCase]) {
    test(`evaluating or predicting in between does not move a draw: ${title}`, async () => {
      const data = dataFor(dropoutCase, 30);
      await using plain = await Trainer.create(layers, { ...options, seed: 4 });
      await using curious = await Trainer.create(layers, { ...options, seed: 4 });
      for (let step = 0; step < 3; step++) {
        await curious.evaluate(data, { batchSize: 7 });
        await curious.predict(data);
        assert.deepEqual(await curious.trainOnBatch(data), await plain.trainOnBatch(data));
      }
      assert.equal(curious.fingerprint(), plain.fingerprint());
    });
  }

  test('the shuffle of an epoch is a permutation keyed by seed and epoch', () => {
    const order = (seed: number, epoch: number): number[] => [...new Int32Array(permutation(101, [seed, 0], epoch))];
    const sorted = (rows: number[]): number[] => [...rows].sort((a, b) => a - b);
    assert.deepEqual(
      sorted(order(1, 0)),
      Array.from({ length: 101 }, (_, i) => i),
    );
    assert.deepEqual(order(1, 3), order(1, 3));
    assert.notDeepEqual(order(1, 3), order(1, 4));
    assert.notDeepEqual(order(1, 3), order(2, 3));
  });

  test('every row is equally likely in every place of a shuffle', () => {
    const counts = new Float64Array(36);
    const epochs = 3000;
    for (let epoch = 0; epoch < epochs; epoch++) {
      new Int32Array(permutation(6, [12, 0], epoch)).forEach((row, place) => {
        counts[row * 6 + place]++;
      });
    }
    const expected = epochs / 6;
    const chiSquared = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 25 degrees of freedom: 52.6 is exceeded once in a thousand by fair shuffles.
    assert.ok(chiSquared < 52.6, `chi-squared ${chiSquared}`);
  });
});
