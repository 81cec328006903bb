import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type LayerConfig, Trainer } from '../../src/index.js';

describe('A model of which nothing would be trained is refused where it is to be trained', () => {
  const models: readonly [title: string, layers: readonly LayerConfig[]][] = [
    ['all layers are frozen', [{ type: 'Dense', units: 2, inputShape: [3], trainable: false }]],
    ['no layer has weights', [{ type: 'Activation', activation: 'tanh', inputShape: [2] }]],
    ['only averages move', [{ type: 'BatchNormalization', inputShape: [2], center: false, scale: false }]],
  ];
  for (const [title, layers] of models) {
    test(title, async () => {
      await using trainer = await Trainer.create(layers, { optimizer: 'sgd', loss: 'meanSquaredError' });
      const rows = [[1, 2, 3].slice(0, trainer.inputShape[0])];
      const data = { x: rows, y: [[1, 2]] };
      const refused = { code: 'NOTHING_TO_TRAIN' };
      await assert.rejects(trainer.fit(data), refused);
      await assert.rejects(trainer.trainOnBatch(data), refused);
      assert.ok((await trainer.evaluate(data)).loss >= 0);
    });
  }
});
