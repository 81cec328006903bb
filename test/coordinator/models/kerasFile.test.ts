import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Trainer } from '../../../src/index.js';

/** Files as Keras 3, and the converter of TensorFlow.js 4.22 for a model of Keras 3, write them. */

const entrance = {
  module: 'keras.layers',
  class_name: 'InputLayer',
  config: { batch_shape: [null, 2], dtype: 'float32', name: 'x' },
};
const dense = {
  module: 'keras.layers',
  class_name: 'Dense',
  config: { name: 'dense', units: 1, activation: 'linear', use_bias: true },
};
const model = { module: 'keras', class_name: 'Sequential', config: { name: 'sequential', layers: [entrance, dense] } };
const topology = { keras_version: '3.6.0', backend: 'tensorflow', model_config: model };
const weights = (prefix: string, kernel: number[] = [2, 1]) => [
  { name: `${prefix}dense/kernel`, shape: kernel, dtype: 'float32' },
  { name: `${prefix}dense/bias`, shape: [1], dtype: 'float32' },
];
const converted = (entries: object[]) => ({
  format: 'layers-model',
  modelTopology: topology,
  weightsManifest: [{ paths: ['w.bin'], weights: entries }],
});

describe('A file of Keras 3', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lockstep-keras-'));
    await writeFile(join(folder, 'w.bin'), new Uint8Array(Float32Array.of(2, 3, 0.5).buffer));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  async function valuesOf(json: object): Promise<number[][]> {
    const path = join(folder, 'model.json');
    await writeFile(path, JSON.stringify(json));
    const trainer = await Trainer.create(path, { optimizer: 'sgd', loss: 'meanSquaredError', workers: 1 });
    try {
      return trainer.weights().map(({ values }) => [...values]);
    } finally {
      await trainer.close();
    }
  }

  test('begins from the seed where it has no weights, as the same config does', async () => {
    const trainer = await Trainer.create(model, { optimizer: 'sgd', loss: 'meanSquaredError', workers: 1 });
    const drawn = trainer.weights().map(({ values }) => [...values]);
    await trainer.close();
    assert.deepEqual(await valuesOf(model), drawn);
    assert.notDeepEqual(drawn[0], [0, 0]);
  });

  for (const prefix of ['', 'sequential/']) {
    test(`has its weights under ${prefix}dense/kernel`, async () => {
      assert.deepEqual(await valuesOf(converted(weights(prefix))), [[2, 3], [0.5]]);
    });
  }

  test('is refused where a weight does not fit, or is of no layer', async () => {
    const code = 'INVALID_MODEL';
    await assert.rejects(valuesOf(converted(weights('', [1, 2]))), { code, message: /of shapes \[1, 2\], \[1\]/ });
    const [kernel, bias] = weights('');
    await assert.rejects(valuesOf(converted([kernel, { ...bias, name: 'other/bias' }])), {
      code,
      message: /dense, which takes/,
    });
  });
});
