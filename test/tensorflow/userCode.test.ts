import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Tensor } from '@tensorflow/tfjs-core';
import { type LabelledData, type LockstepError, Trainer, type TrainerOptions } from '../../src/index.js';
import { packageRoot } from '../../src/shared/packageRoot.js';
import { tfc, tfl } from '../../src/shared/tfjs/tfjs.js';
import { cases, dataFor } from '../helpers/models.js';

/** What a user's layer or loss throws ends the call with where it was, and training goes on once the cause is mended. */

const [dense] = cases;
const modules = [join(packageRoot(import.meta.url), 'test/fixtures/fussy.js')];
const data = dataFor(dense, 20);
// Three steps an epoch: rows 0 to 7, 8 to 15 and 16 to 19.
const fit = { epochs: 2, batchSize: 8, shuffle: false };
const options: TrainerOptions = { optimizer: 'adam', loss: dense.loss, seed: 3, shards: 2, engine: 'tfjs', modules };

/** The data with one value of row 17, of step 2, that the code refuses. */
function spoilt(part: 'x' | 'y', value = 1000): LabelledData {
  const { values, shape } = data[part] as typeof data.x;
  const changed = values.slice();
  changed[17 * (values.length / 20)] = value;
  return { ...data, [part]: { values: changed, shape } };
}

const layer = { type: 'Fussy', inputShape: [7] };
const table = [
  {
    what: 'layer',
    layers: [layer, ...dense.layers],
    loss: dense.loss,
    bad: spoilt('x'),
    cause: /an input above 100/,
  },
  {
    what: 'loss',
    layers: dense.layers,
    loss: { name: 'custom', function: 'fussyLoss' } as const,
    bad: spoilt('y'),
    cause: /a target above 100/,
  },
];

describe("A user's code that throws", () => {
  for (const { what, layers, loss, bad, cause } of table) {
    test(`a ${what}, with 1 and 2 workers: the error tells step and cause, and fit goes on to the same bits`, async () => {
      const outcomes = [];
      for (const workers of [1, 2]) {
        await using calm = await Trainer.create(layers, { ...options, loss, workers });
        await using trainer = await Trainer.create(layers, { ...options, loss, workers });
        await assert.rejects(trainer.fit(bad, fit), (error: LockstepError) => {
          assert.deepEqual([error.code, error.blame], ['TENSORFLOW_REFUSED', 'user']);
          assert.match(error.message, cause);
          assert.match(error.message, /at step 2/);
          assert.match(String((error.cause as Error).stack), /fussy\.js/);
          return true;
        });
        assert.ok(trainer.step <= 2, `${trainer.step} steps`);
        const { history } = await trainer.fit(data, fit);
        assert.deepEqual(history, (await calm.fit(data, fit)).history);
        assert.equal(trainer.fingerprint(), calm.fingerprint());
        outcomes.push(trainer.fingerprint());
      }
      assert.equal(outcomes[0], outcomes[1]);
    });
  }
});

test("A user's code that never ends, after the last step of a rank, does not keep a trainer from being closed", async () => {
  const trainer = await Trainer.create([layer, ...dense.layers], { ...options, workers: 1, stallLimit: 10 });
  await trainer.trainOnBatch(spoilt('x', -1000));
  await trainer.close();
});

/** Reads numbers in its call, so that nothing can be recorded of it. */
class Peeking extends tfl.layers.Layer {
  /** @nocollapse */
  static readonly className = 'Peeking';

  override call(x: Tensor | Tensor[]): Tensor {
    const [first] = [x].flat();
    first.dataSync();
    return first;
  }
}

test('a class of layers that only TensorFlow.js can compute needs a module, which create says', async () => {
  tfc.serialization.registerClass(Peeking);
  const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 2, inputShape: [3] }), new Peeking({})] });
  const options = { optimizer: 'sgd', loss: 'meanSquaredError' } as const;
  for (const engine of ['auto', 'tfjs'] as const) {
    await assert.rejects(Trainer.create(model, { ...options, engine }), {
      code: 'UNSUPPORTED_LAYER',
      message: /is a Peeking, .*reads the numbers of a tensor.*name the module that registers the class in modules/,
    });
  }
});
