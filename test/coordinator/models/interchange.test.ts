import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { adagrad, adam, adamax, adamW, schedules, sgd, Trainer, type TrainerOptions } from '../../../src/index.js';
import { tfc, tfl } from '../../../src/shared/tfjs/tfjs.js';
import { interchangeTests } from '../../helpers/interchange.js';

/** TensorFlow.js in plain JavaScript, which has no handler for files: what tfjs-node writes and reads is done here. */
interchangeTests('tfjs', {
  tf: { ...tfc, ...tfl },
  async save(model, folder) {
    const keep = tfc.io.withSaveHandler(async (artifacts) => {
      const { weightData, weightSpecs: weights, ...json } = artifacts;
      const weightsManifest = [{ paths: ['./weights.bin'], weights }];
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'model.json'), JSON.stringify({ ...json, weightsManifest }));
      await writeFile(join(folder, 'weights.bin'), new Uint8Array(weightData as ArrayBuffer));
      return { modelArtifactsInfo: tfc.io.getModelArtifactsInfoForJSON(artifacts) };
    });
    await model.save(keep, { includeOptimizer: true });
  },
  async load(folder) {
    const { weightsManifest, ...json } = JSON.parse(await readFile(join(folder, 'model.json'), 'utf8'));
    const weightData = new Uint8Array(await readFile(join(folder, 'weights.bin'))).buffer;
    return tfl.loadLayersModel(tfc.io.fromMemory({ ...json, weightSpecs: weightsManifest[0].weights, weightData }));
  },
});

describe('A training that TensorFlow.js cannot go on with is not saved with its optimizer:', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-'));
  after(() => rm(folder, { recursive: true, force: true }));
  const layers = [{ type: 'Dense', units: 2, inputShape: [3] }];
  const base: TrainerOptions = { optimizer: 'adam', loss: 'meanSquaredError', engine: 'reference', workers: 1 };
  const cases: Readonly<Record<string, [Partial<TrainerOptions>, RegExp]>> = {
    'an optimizer that it lacks': [{ optimizer: adamW() }, /has no adamw, so/],
    'an optimizer whose moments it does not store': [
      { optimizer: adamax() },
      /has no way to store the moments of Adamax/,
    ],
    'an option that it lacks': [{ optimizer: adam({ amsgrad: true }) }, /has no adam with amsgrad: true, so/],
    'a schedule': [{ optimizer: sgd({ schedule: schedules.cosineDecay({ decaySteps: 10 }) }) }, /no sgd with schedule/],
    'an epsilon that it does not take': [{ optimizer: adagrad({ epsilon: 1e-3 }) }, /no adagrad with epsilon: 0.001/],
    'a loss that it lacks': [{ loss: 'huber' }, /has no loss huber/],
    'an option of a loss': [
      { loss: { name: 'binaryCrossentropy', labelSmoothing: 0.1 } },
      /no loss binaryCrossentropy with labelSmoothing: 0.1/,
    ],
  };
  for (const [title, [options, message]] of Object.entries(cases)) {
    test(title, async () => {
      await using trainer = await Trainer.create(layers, { ...base, ...options });
      const saving = trainer.save(join(folder, 'refused'), { includeOptimizer: true });
      await assert.rejects(saving, { code: 'NOT_IN_TENSORFLOWJS', message });
      await trainer.save(join(folder, 'plain'));
    });
  }
});

test('A model that was not compiled needs an optimizer and a loss', async () => {
  const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 2, inputShape: [3] })] });
  await assert.rejects(Trainer.create(model), { code: 'MISSING_OPTION', message: /The option optimizer is missing/ });
  const some = Trainer.create(model, { optimizer: 'sgd' });
  await assert.rejects(some, { code: 'MISSING_OPTION', message: /The option loss is missing/ });
});

describe('What losses are divided by goes with a model', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-'));
  after(() => rm(folder, { recursive: true, force: true }));
  const x = Float32Array.from({ length: 24 }, (_, i) => Math.sin(3 * i + 1));
  const labels = Int32Array.from({ length: 8 }, (_, row) => row % 3);
  const y = {
    values: Float32Array.from({ length: 24 }, (_, i) => Number(i % 3 === labels[Math.floor(i / 3)])),
    shape: [8, 3],
  };
  const classWeight = { 0: 0.25, 1: 3, 2: 1 };
  const engine = { engine: 'reference', workers: 1 } as const;

  test('that TensorFlow.js has compiled: classes weigh as they do there, over the rows', async () => {
    const dense = tfl.layers.dense({ units: 3, inputShape: [3], activation: 'softmax' });
    const model = tfl.sequential({ layers: [dense] });
    model.compile({ optimizer: tfc.train.sgd(0.5), loss: 'categoricalCrossentropy' });
    await using trainer = await Trainer.create(model, engine);
    const options = { epochs: 2, batchSize: 4, shuffle: false } as const;
    await trainer.fit({ x, y }, { ...options, classWeight });
    await model.fit(tfc.tensor(x, [8, 3]), tfc.tensor(y.values, [8, 3]), { ...options, classWeight, verbose: 0 });
    for (const [i, weight] of model.getWeights().entries()) {
      const theirs = weight.dataSync();
      const worst = trainer.weights()[i].values.map((value, e) => Math.abs(value - theirs[e]));
      assert.ok(Math.max(...worst) < 1e-6, `weight ${i} differs by ${Math.max(...worst)}`);
    }
  });

  for (const reduction of ['mean_with_sample_weight', 'sum_over_batch_size'] as const) {
    test(`that Lockstep has saved with its optimizer: ${reduction}`, async () => {
      const loss = { name: 'categoricalCrossentropy', reduction } as const;
      const layers = [{ type: 'Dense', units: 3, inputShape: [3], activation: 'softmax' }];
      await using trainer = await Trainer.create(layers, { optimizer: 'sgd', loss, ...engine });
      await trainer.save(join(folder, reduction), { includeOptimizer: true });
      await using again = await Trainer.create(join(folder, reduction), engine);
      const data = { x, y, classWeight };
      assert.deepEqual(await again.testOnBatch(data), await trainer.testOnBatch(data));
    });
  }

  test('but not where outputs have several: a file holds one', async () => {
    const layers = [
      { type: 'Input', name: 'x', shape: [3] },
      { type: 'Dense', name: 'a', units: 1 },
      { type: 'Dense', name: 'b', units: 1, inputs: 'x' },
    ];
    const mse = { name: 'meanSquaredError' } as const;
    const loss = [mse, { ...mse, reduction: 'sum_over_batch_size' } as const];
    await using trainer = await Trainer.create({ layers, outputs: ['a', 'b'] }, { optimizer: 'sgd', loss, ...engine });
    const saving = trainer.save(join(folder, 'refused'), { includeOptimizer: true });
    await assert.rejects(saving, { code: 'NOT_IN_TENSORFLOWJS', message: /no losses of several reductions/ });
  });
});
