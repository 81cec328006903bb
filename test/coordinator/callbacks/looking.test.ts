import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fillFields } from '../../../src/coordinator/callbacks/filepath.js';
import { type Callback, callbacks, type FitControl, type Logs, Trainer } from '../../../src/index.js';
import { cases, dataFor } from '../../helpers/models.js';

const [, , classifier] = cases;
const data = dataFor(classifier, 24);
const { layers, loss, metrics } = classifier;
const options = { optimizer: 'adam', loss, metrics, seed: 4, workers: 2 } as const;
const fit = { epochs: 2, batchSize: 8 } as const;

describe('Within a callback', () => {
  const hooks = ['onTrainBegin', 'onEpochBegin', 'onBatchBegin', 'onBatchEnd', 'onEpochEnd', 'onTrainEnd'] as const;
  for (const hook of hooks) {
    test(`${hook} may predict and evaluate, and no bit of the training changes`, async () => {
      await using plain = await Trainer.create(layers, options);
      const { history } = await plain.fit(data, fit);
      await using looking = await Trainer.create(layers, options);
      const seen: Logs[] = [];
      const callback: Callback = {
        [hook]: async (...given: unknown[]) => {
          const control = given[given.length - 1] as FitControl;
          const { shape } = await control.predict({ x: data.x });
          assert.equal(shape[0], 24);
          seen.push(await control.evaluate(data, { batchSize: 5 }));
        },
      };
      const looked = await looking.fit(data, { ...fit, callbacks: callback });
      assert.deepEqual(looked.history, history);
      assert.equal(looking.fingerprint(), plain.fingerprint());
      if (hook === 'onTrainEnd') assert.deepEqual(seen.at(-1), await looking.evaluate(data, { batchSize: 5 }));
      assert.ok(seen.length > 0);
    });
  }

  test('what is wrong with such data is told as it is', async () => {
    await using trainer = await Trainer.create(layers, options);
    const callback: Callback = {
      onEpochEnd: async (_epoch, _logs, control) => void (await control.predict({ x: [1] })),
    };
    await assert.rejects(trainer.fit(data, { ...fit, callbacks: callback }), { code: 'SHAPE_MISMATCH' });
  });

  test('the ranks do one thing at a time', async () => {
    await using trainer = await Trainer.create(layers, options);
    const callback: Callback = {
      onEpochEnd: async (_epoch, _logs, control) =>
        void (await Promise.all([control.predict(data), control.predict(data)])),
    };
    await assert.rejects(trainer.fit(data, { ...fit, callbacks: callback }), { code: 'BUSY', message: /await it/ });
  });
});

describe('Progress', () => {
  test('is a line an epoch where the stream is no terminal', async () => {
    await using trainer = await Trainer.create(layers, options);
    const written: string[] = [];
    const stream = { write: (text: string) => void written.push(text) };
    await trainer.fit(data, { ...fit, callbacks: [callbacks.progress({ stream })] });
    assert.equal(written.length, 2);
    assert.match(written[1], /^epoch 2\/2 {2}loss \d\.\d{4} .*ms\n$/);
  });

  test('is drawn in place on a terminal', async () => {
    await using trainer = await Trainer.create(layers, options);
    const written: string[] = [];
    const stream = { isTTY: true, columns: 80, write: (text: string) => void written.push(text), on() {}, off() {} };
    await trainer.fit(data, { ...fit, callbacks: [callbacks.progress({ stream })] });
    assert.match(written.join(''), /epoch 1\/2 \[=+\] 3\/3 {2}loss/);
  });
});

test("File names are filled as Python's format fills them", () => {
  // Python 3.11: '{v:.1f}'.format(v=0.25) and so on.
  const table: [string, number, string][] = [
    ['{v:.1f}', 0.25, '0.2'],
    ['{v:.1f}', 0.35, '0.3'],
    ['{v:.0f}', 2.5, '2'],
    ['{v:.0f}', 3.5, '4'],
    ['{v:.2f}', 1.005, '1.00'],
    ['{v:.1f}', -0.25, '-0.2'],
    ['{v:.0e}', 2.5, '2e+00'],
    ['{v:06.2f}', -0.5, '-00.50'],
    ['{v:.1f}', 0.05, '0.1'],
    ['{v:.2f}', 0.125, '0.12'],
    ['{v:.1f}', Number.NaN, 'nan'],
    ['{v}', 1e-7, '1e-07'],
  ];
  for (const [field, v, text] of table) assert.equal(fillFields(field, { v }), text, `${field} of ${v}`);
});
