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

  describe('that was compiled', () => {
    const kerasObject = (module: string, class_name: string, config: object) => ({ module, class_name, config });
    const compile_config = {
      optimizer: kerasObject('keras.optimizers', 'SGD', { name: 'sgd', learning_rate: 0.5, momentum: 0.9 }),
      loss: kerasObject('keras.losses', 'MeanSquaredError', { name: 'mse', reduction: 'sum_over_batch_size' }),
      loss_weights: null,
      metrics: ['mae'],
      weighted_metrics: null,
      run_eagerly: false,
    };
    const compiled = { ...model, compile_config };
    const write = async (json: object): Promise<string> => {
      const path = join(folder, 'compiled.json');
      await writeFile(path, JSON.stringify(json));
      return path;
    };
    const data = { x: new Float32Array([1, 2, 3, 4]), y: new Float32Array([1, 0]), sampleWeight: [4, 0] };
    const logsOf = async (trainer: Trainer) => {
      const logs = await trainer.trainOnBatch({ ...data, x: { values: data.x, shape: [2, 2] } });
      await trainer.close();
      return logs;
    };

    test('needs no options: the model alone, its file and the converter’s model.json train alike', async () => {
      const topologyOf = (json: object) => ({
        ...converted(weights('')),
        modelTopology: { ...topology, model_config: json },
      });
      const given = await logsOf(await Trainer.create(compiled, { workers: 1 }));
      assert.deepEqual(Object.keys(given), ['loss', 'meanAbsoluteError']);
      assert.deepEqual(await logsOf(await Trainer.create(await write(compiled), { workers: 1 })), given);
      const trainer = await Trainer.create(await write(topologyOf(compiled)), { workers: 1 });
      // 2·1 + 3·2 + 0.5 is 7.5 from 1, of the weight 4 over two rows.
      assert.equal((await logsOf(trainer)).loss, (4 * 7.5 ** 2) / 2);
    });

    test('takes options before what it was compiled with', async () => {
      const options = { optimizer: 'sgd', loss: 'meanAbsoluteError', workers: 1 } as const;
      const found = await logsOf(await Trainer.create(compiled, options));
      assert.deepEqual(found, await logsOf(await Trainer.create(model, options)));
    });

    test('is refused with a sentence where Lockstep lacks what it names, unless that is given', async () => {
      const muon = kerasObject('keras.optimizers', 'Muon', { name: 'muon' });
      const other = { ...compiled, compile_config: { ...compile_config, optimizer: muon } };
      await assert.rejects(Trainer.create(other), {
        code: 'UNKNOWN_OPTIMIZER',
        message: /"muon", which Lockstep does not/,
      });
      await (await Trainer.create(other, { optimizer: 'sgd', workers: 1 })).close();
      const lossless = { ...compiled, compile_config: { ...compile_config, loss: null } };
      await assert.rejects(Trainer.create(lossless), { code: 'MISSING_OPTION', message: /The option loss is missing/ });
      await assert.rejects(Trainer.create({ ...model, compile_config: {} } as typeof model), {
        code: 'MISSING_OPTION',
      });
    });
  });

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
