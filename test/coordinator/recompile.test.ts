import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { adam, type LayerConfig, sgd, Trainer, type TrainerOptions } from '../../src/index.js';
import { tfc, tfl } from '../../src/shared/tfjs/tfjs.js';
import { graphCases, graphData } from '../helpers/graphs.js';
import { type Case, cases, dataFor } from '../helpers/models.js';

/** Freezing and recompiling after `create`, and weights taken from another trainer. */

const named = (layers: readonly LayerConfig[]): LayerConfig[] =>
  layers.map((layer, i) => ({ ...layer, name: `l${i}` }));
const dense: Case = { ...cases[0], layers: named(cases[0].layers) };
const normalized = cases.find(({ layers }) => layers.some(({ type }) => type === 'BatchNormalization')) as Case;
const withNorm: Case = { ...normalized, layers: named(normalized.layers) };
const momentum = sgd({ learningRate: 0.1, momentum: 0.9 });

function create({ layers, loss, metrics }: Case, more: Partial<TrainerOptions> = {}): Promise<Trainer> {
  return Trainer.create(layers, { optimizer: momentum, loss, metrics, seed: 5, workers: 2, ...more });
}

async function train(trainer: Trainer, given: Case, from: number, to: number): Promise<void> {
  for (let step = from; step < to; step++) await trainer.trainOnBatch(dataFor(given, 13, step));
}

const withFrozen = (given: Case, index: number, trainable: boolean): Case => ({
  ...given,
  layers: given.layers.map((layer, i) => (i === index ? { ...layer, trainable } : layer)),
});

describe('A layer that is frozen or trained after create is as one that was so from the beginning:', () => {
  const table: [string, Case, number, boolean][] = [
    ['a dense layer, frozen', dense, 1, false],
    ['batch normalization, frozen', withNorm, 1, false],
    ['a convolution that was frozen, trained', withNorm, 3, true],
  ];
  for (const [title, given, index, trainable] of table) {
    for (const workers of [1, 3]) {
      test(`${title}, ${workers} workers`, async () => {
        await using expected = await create(withFrozen(given, index, trainable));
        await using trainer = await create(given, { workers });
        await trainer.setTrainable(`l${index}`, trainable);
        await train(expected, given, 0, 3);
        await train(trainer, given, 0, 3);
        assert.deepEqual(trainer.weights(), expected.weights());
        assert.equal(trainer.fingerprint(), expected.fingerprint());
        assert.equal(trainer.workers, workers);
      });
    }
  }
});

test('With TensorFlow.js as the engine too, and a layer that is called three times, frozen', async () => {
  const [given] = graphCases;
  const freeze = (layer: LayerConfig) => (layer.name === 'shared' ? { ...layer, trainable: false } : layer);
  const frozen = { ...given.model, layers: given.model.layers.map(freeze) } as typeof given.model;
  for (const engine of ['auto', 'tfjs'] as const) {
    const options = { optimizer: momentum, loss: given.loss, seed: 5, workers: 2, engine };
    await using expected = await Trainer.create(frozen, options);
    await using trainer = await Trainer.create(given.model, options);
    await trainer.setTrainable('shared', false);
    for (let step = 0; step < 2; step++) {
      await expected.trainOnBatch(graphData(given, 13, step));
      await trainer.trainOnBatch(graphData(given, 13, step));
    }
    assert.equal(trainer.fingerprint(), expected.fingerprint(), engine);
  }
});

test('Layers that stay trained keep their moments, and one that is trained anew begins anew', async () => {
  const { layers } = dense;
  await using trainer = await create(dense);
  await train(trainer, dense, 0, 2);
  await trainer.setTrainable('l1', false);
  await train(trainer, dense, 2, 4);
  await trainer.setTrainable('l1', true);
  assert.equal(trainer.step, 4);
  await train(trainer, dense, 4, 5);

  // The same by plain momentum over the gradients that a trainer of its own gives.
  await using other = await Trainer.create(layers, { optimizer: momentum, loss: dense.loss, seed: 5, workers: 1 });
  const velocities = new Map<string, Float32Array>();
  for (let step = 0; step < 5; step++) {
    const gradients = await other.gradients(dataFor(dense, 13, step));
    if (step === 2) for (const name of [...velocities.keys()]) if (name.startsWith('l1')) velocities.delete(name);
    const isFrozen = (name: string): boolean => name.startsWith('l1') && (step === 2 || step === 3);
    const weights = other.weights().map(({ name, shape, values }) => {
      if (isFrozen(name)) return { name, shape, values };
      const before = velocities.get(name) ?? new Float32Array(values.length);
      const velocity = before.map((v, e) => 0.9 * v - 0.1 * gradients[name].values[e]);
      velocities.set(name, velocity);
      return { name, shape, values: values.map((w, e) => w + velocity[e]) };
    });
    other.setWeights(weights);
  }
  const expected = new Map(other.weights().map(({ name, values }) => [name, values]));
  for (const { name, values } of trainer.weights()) {
    values.forEach((value, e) => {
      assert.ok(Math.abs(value - (expected.get(name)?.[e] ?? Number.NaN)) < 1e-6, name);
    });
  }
});

test('A model within the model is frozen with all its layers, and after a checkpoint it still is', async () => {
  const inner = tfl.sequential({ name: 'inner', layers: [tfl.layers.dense({ units: 4, inputShape: [3], name: 'a' })] });
  const model = tfl.sequential({ layers: [inner, tfl.layers.dense({ units: 2, name: 'b' })] });
  const options: TrainerOptions = { optimizer: adam(), loss: 'meanSquaredError', workers: 1 };
  await using trainer = await Trainer.create(model, options);
  const data = { x: new Float32Array(12).fill(0.5), y: new Float32Array(8).fill(1) };
  await trainer.setTrainable('inner', false);
  assert.deepEqual(
    Object.keys(await trainer.gradients(data)).map((name) => name[0]),
    ['b', 'b'],
  );
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  try {
    await trainer.checkpoint(join(folder, 'frozen.ckpt'));
    await using resumed = await Trainer.resume(join(folder, 'frozen.ckpt'));
    assert.equal(Object.keys(await resumed.gradients(data)).length, 2);
    await resumed.setTrainable('a', true);
    assert.equal(Object.keys(await resumed.gradients(data)).length, 4);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('Where nothing is left to train, calls that train are refused, and the others go on', async () => {
  await using trainer = await create(dense);
  const data = dataFor(dense, 13);
  const before = trainer.weights();
  for (const layer of ['l0', 'l1', 'l2']) await trainer.setTrainable(layer, false);
  const expected = { code: 'NOTHING_TO_TRAIN', message: /^The model has no weight to train/ };
  await assert.rejects(trainer.fit(data), expected);
  await assert.rejects(trainer.trainOnBatch(data), expected);
  await assert.rejects(trainer.gradients(data), expected);
  await assert.rejects(trainer.applyGradients({}), expected);
  await trainer.evaluate(data);
  await trainer.predict(data);
  assert.deepEqual(trainer.weights(), before);
  await trainer.setTrainable('l2', true);
  await trainer.trainOnBatch(data);
});

test('What cannot be set is refused in a sentence, and the trainer goes on as before', async () => {
  await using trainer = await create(dense);
  const before = trainer.fingerprint();
  const { setTrainable } = trainer as unknown as { setTrainable(...given: unknown[]): Promise<void> };
  await assert.rejects(setTrainable.call(trainer, 'l9', false), {
    code: 'UNKNOWN_LAYER',
    message: /^The model has no layer "l9"; did you mean l0\?/,
  });
  await assert.rejects(setTrainable.call(trainer, 'l1', 'no'), {
    code: 'INVALID_OPTION',
    message: /is "no"; give true/,
  });
  await assert.rejects(trainer.recompile({ loss: 'meanSquared' as never }), { code: /CONFIG|UNKNOWN|INVALID/ });
  await assert.rejects(trainer.recompile({ optimiser: 'adam' } as never), { code: 'UNKNOWN_OPTION' });
  assert.equal(trainer.fingerprint(), before);
  await train(trainer, dense, 0, 1);
});

describe('recompile', () => {
  test('with other metrics changes no bit of the training', async () => {
    await using plain = await create(dense);
    await using trainer = await create(dense);
    await train(plain, dense, 0, 4);
    await train(trainer, dense, 0, 2);
    await trainer.recompile({ metrics: ['meanAbsoluteError'] });
    await train(trainer, dense, 2, 3);
    const logs = await trainer.trainOnBatch(dataFor(dense, 13, 3));
    assert.deepEqual(Object.keys(logs), ['loss', 'meanAbsoluteError']);
    assert.deepEqual([trainer.fingerprint(), trainer.step], [plain.fingerprint(), 4]);
  });

  test('with another optimizer and loss is a new trainer with these weights', async () => {
    await using trainer = await create(dense);
    await train(trainer, dense, 0, 3);
    const changes = { optimizer: tfc.train.adam(0.02), loss: 'meanAbsoluteError' } as const;
    await using other = await create(dense, changes);
    other.setWeights(trainer.weights());
    await trainer.recompile(changes);
    assert.deepEqual([trainer.step, trainer.learningRate], [0, 0.02]);
    await train(trainer, dense, 3, 6);
    await train(other, dense, 3, 6);
    assert.equal(trainer.fingerprint(), other.fingerprint());
  });

  test('leaves a trainer that shares layers where it is', async () => {
    await using first = await create(dense);
    await using second = await create(dense, { shareWith: first });
    await first.recompile({ optimizer: sgd({ learningRate: 0.5 }) });
    await train(first, dense, 0, 1);
    assert.deepEqual(second.weights(), first.weights());
    await train(second, dense, 1, 2);
    assert.deepEqual(first.weights(), second.weights());
  });

  test('keeps a number of workers that was asked for', async () => {
    await using trainer = await create(dense, { workers: 'auto' });
    await trainer.resize(3);
    await trainer.recompile({ optimizer: 'adam' });
    await trainer.fit(dataFor(dense, 20), { batchSize: 10 });
    assert.equal(trainer.workers, 3);
  });
});

describe('copyWeights', () => {
  const valuesOf = (trainer: Trainer) => trainer.weights().map(({ values }) => values);

  test('takes weights and moving averages of another trainer to the bit, whatever their names', async () => {
    await using online = await create(withNorm);
    await using target = await create({ ...withNorm, layers: normalized.layers }, { seed: 9 });
    await train(online, withNorm, 0, 2);
    assert.notDeepEqual(valuesOf(target), valuesOf(online));
    target.copyWeights(online);
    assert.deepEqual(valuesOf(target), valuesOf(online));
  });

  test('mixes by tau, and what follows has the same bits on any number of workers', async () => {
    const prints = [];
    for (const workers of [1, 3]) {
      await using online = await create(dense, { workers });
      await using target = await create(dense, { workers, seed: 9 });
      const before = valuesOf(target);
      const theirs = valuesOf(online);
      target.copyWeights(online, { tau: 0.25 });
      const expected = before.map((own, i) => own.map((value, e) => 0.25 * theirs[i][e] + 0.75 * value));
      assert.deepEqual(valuesOf(target), expected);
      await train(target, dense, 0, 2);
      target.copyWeights(online, { tau: 0 });
      prints.push(target.fingerprint());
    }
    assert.equal(prints[0], prints[1]);
  });

  test('refuses other models, and what is no trainer or share', async () => {
    await using trainer = await create(dense);
    await using other = await create(withNorm);
    const before = trainer.fingerprint();
    assert.throws(() => trainer.copyWeights(other), { code: 'WEIGHTS_MISMATCH' });
    assert.throws(() => trainer.copyWeights({} as never), { code: 'INVALID_OPTION', message: /give a trainer/ });
    assert.throws(() => trainer.copyWeights(trainer, { tau: 2 }), { message: /tau is 2; give a number from 0 to 1/ });
    assert.equal(trainer.fingerprint(), before);
  });
});
