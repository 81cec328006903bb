import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type LayerConfig, models, Trainer } from '../../src/index.js';
import { convert } from '../../src/run/convert.js';
import { train } from '../../src/run/train.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

/** Models go from one format to another and back without a bit being lost that both can hold. */

const folder = await mkdtemp(join(tmpdir(), 'lockstep-convert-'));
after(() => rm(folder, { recursive: true }));

const layers: LayerConfig[] = [
  { type: 'Conv2D', filters: 2, kernelSize: 3, inputShape: [6, 6, 1], activation: 'relu' },
  { type: 'BatchNormalization' },
  { type: 'Flatten' },
  { type: 'Dense', units: 3, activation: 'softmax' },
];
const options = { optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'], workers: 1 } as const;

/** A model that has been trained a little, as a file. */
const source = join(folder, 'source.keras');
const rows = { x: { shape: [4, 6, 6, 1], values: Float32Array.from({ length: 144 }, (_, i) => Math.sin(i)) } };
const labels = { shape: [4, 3], values: Float32Array.from({ length: 12 }, (_, i) => Number(i % 4 === 0)) };
const first = await Trainer.create(layers, options);
for (let step = 0; step < 3; step++) await first.trainOnBatch({ ...rows, y: labels });
await first.save(source);
const fingerprint = first.fingerprint();
await first.close();

const weightsOf = async (path: string): Promise<number[][]> => {
  const trainer = await Trainer.create(path, { ...options });
  const values = trainer.weights().map((weight) => [...weight.values]);
  await trainer.close();
  return values;
};
const wanted = await weightsOf(source);

describe('convert', () => {
  for (const name of ['a.keras', 'a.h5', 'folder']) {
    test(`to ${name} and back keeps every bit of the weights`, async () => {
      const [there, back] = [join(folder, name), join(folder, `back-of-${name}.keras`)];
      await convert(source, there);
      await convert(there, back);
      assert.deepEqual(await weightsOf(there), wanted);
      assert.deepEqual(await weightsOf(back), wanted);
    });
  }

  for (const name of ['w.weights.h5', 'w.safetensors']) {
    test(`to ${name} and back, with the model that the weights are of`, async () => {
      const [there, back] = [join(folder, name), join(folder, `back-of-${name}.keras`)];
      await convert(source, there);
      assert.equal((await convert(there, back, { model: source })).training, false);
      assert.deepEqual(await weightsOf(back), wanted);
      await assert.rejects(convert(there, back), { code: 'MISSING_OPTION', message: /holds weights alone/ });
    });
  }

  test('keeps the optimizer’s moments, its count and the loss between .keras and .keras', async () => {
    const copy = join(folder, 'copy.keras');
    assert.equal((await convert(source, copy)).training, true);
    const trainer = await Trainer.create(copy, { workers: 1 });
    assert.equal(trainer.step, 3);
    assert.equal(trainer.fingerprint(), fingerprint);
    await trainer.close();
  });

  test('takes a checkpoint, and a model of Keras within which a model is', async () => {
    const trainer = await Trainer.create(source, { workers: 1 });
    await trainer.checkpoint(join(folder, 'one.ckpt'));
    await trainer.close();
    await convert(join(folder, 'one.ckpt'), join(folder, 'of-checkpoint.keras'));
    assert.deepEqual(await weightsOf(join(folder, 'of-checkpoint.keras')), wanted);
    const nested = fileURLToPath(new URL('../../../test/golden/files/nested.keras', import.meta.url));
    await convert(nested, join(folder, 'flat.safetensors'));
  });

  test('does not write over what it reads, nor leave half a file', async () => {
    await assert.rejects(convert(source, source), { code: 'OUT_IS_INPUT' });
    await assert.rejects(convert(source, join(folder, 'none', 'a.keras')), { code: 'MODEL_UNWRITABLE' });
    assert.deepEqual(
      (await readdir(folder)).filter((name) => name.includes('tmp')),
      [],
    );
  });
});

/** Runs that are finished, and whether their last checkpoint has the weights of their model. */
const runs: Record<string, { rate: number; optimizer: object; fit: object; isOfCheckpoint: boolean }> = {
  plain: { rate: 0.02, optimizer: {}, fit: {}, isOfCheckpoint: true },
  'averaged by useEma': { rate: 0.02, optimizer: { useEma: true }, fit: {}, isOfCheckpoint: false },
  'restored to an epoch before the last': { rate: 2, optimizer: {}, fit: { restoreBest: true }, isOfCheckpoint: false },
};

describe('convert of a finished run writes its model, with the training where the last checkpoint has the same weights', async () => {
  const place = await makeRunFolder();
  after(() => place.remove());
  for (const [title, { rate, optimizer, fit, isOfCheckpoint }] of Object.entries(runs)) {
    test(title, async () => {
      const config = pointsConfig(place.csv, { fit: { epochs: 4, batchSize: 7, validationSplit: 0.25, ...fit } });
      const out = join(place.folder, title);
      const compile = { ...config.compile, optimizer: { name: 'adam' as const, learningRate: rate, ...optimizer } };
      const summary = await train({ ...config, compile, run: { ...config.run, workers: 1, out } });
      const file = join(place.folder, `${title}.keras`);
      const { training, leftOut } = await convert(out, file);
      assert.equal(training, isOfCheckpoint);
      if (isOfCheckpoint) assert.equal(leftOut, undefined);
      else assert.match(String(leftOut), /^the model has other weights than the last checkpoint; --checkpoint last/);
      const untrained = { optimizer: 'sgd', loss: 'meanSquaredError', workers: 1 } as const;
      await using trainer = await Trainer.create(file, isOfCheckpoint ? { workers: 1 } : untrained);
      await using model = await Trainer.create(join(out, 'model'), { ...untrained, initialWeights: 'model' });
      const values = (of: Trainer): number[][] => of.weights().map((weight) => [...weight.values]);
      assert.deepEqual(values(trainer), values(model));
      if (isOfCheckpoint) assert.deepEqual([trainer.step, trainer.fingerprint()], [summary.steps, summary.fingerprint]);
    });
  }
});

test('models.read and models.write keep the weights of a tf.LayersModel', async () => {
  const model = await models.read(source);
  const path = join(folder, 'written.keras');
  await models.write(path, model);
  model.dispose();
  assert.deepEqual(await weightsOf(path), wanted);
  await assert.rejects(models.write(path, {} as never), { code: 'INVALID_MODEL' });
});

test('loadWeights refuses weights of another model, and replaces nothing', async () => {
  const path = join(folder, 'other.safetensors');
  const other = await Trainer.create([{ type: 'Dense', units: 3, inputShape: [4] }], {
    ...options,
    loss: 'meanSquaredError',
  });
  await other.save(path);
  await other.close();
  const trainer = await Trainer.create(source, { workers: 1 });
  await assert.rejects(trainer.loadWeights(path), { code: 'WEIGHTS_MISMATCH' });
  await assert.rejects(trainer.loadWeights(source), { code: 'INVALID_OPTION' });
  assert.equal(trainer.fingerprint(), fingerprint);
  await trainer.close();
});
