import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Trainer } from '../../src/index.js';
import { tfl } from '../../src/shared/tfjs/tfjs.js';

test('Two outputs of one inner model have names of their own, in logs and in data', async () => {
  const x = tfl.input({ shape: [2] });
  const heads = ['a', 'b'].map((name) => tfl.layers.dense({ units: 1, name }).apply(x) as typeof x);
  const inner = tfl.model({ inputs: x, outputs: heads, name: 'inner' });
  const y = tfl.input({ shape: [2] });
  const model = tfl.model({ inputs: y, outputs: inner.apply(y) as (typeof x)[] });
  await using trainer = await Trainer.create(model, {
    optimizer: 'sgd',
    loss: 'meanSquaredError',
    metrics: ['mae' as never],
  });
  const rows = { x: [[1, 2]], y: { inner: [[0]], inner_1: [[100]] } };
  const logs = await trainer.evaluate(rows);
  assert.deepEqual(Object.keys(logs), [
    'loss',
    'inner_loss',
    'inner_1_loss',
    'inner_meanAbsoluteError',
    'inner_1_meanAbsoluteError',
  ]);
  assert.ok(logs.inner_1_loss > 1000 && logs.inner_loss < 1000, JSON.stringify(logs));
});
