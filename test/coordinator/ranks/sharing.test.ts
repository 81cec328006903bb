import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { adam, type LabelledData, sgd, Trainer, type TrainerOptions } from '../../../src/index.js';
import { FaultPlan, injectFaults } from '../../../src/shared/protocol/faults.js';
import { Draws } from '../../../src/shared/random/rng.js';

/** Several trainers over one set of ranks, with layers in common: what a generative adversarial network needs. */

const LATENT = 3;
const ROWS = 12;

const generator = [
  { type: 'Dense', name: 'g1', units: 6, activation: 'tanh', inputShape: [LATENT] },
  { type: 'BatchNormalization', name: 'gNorm', momentum: 0.8 },
  { type: 'Dense', name: 'g2', units: 4 },
];
const discriminator = [
  { type: 'Dense', name: 'd1', units: 5, activation: 'relu', inputShape: [4] },
  { type: 'Dense', name: 'd2', units: 1, activation: 'sigmoid' },
];
const frozen = discriminator.map((layer) => ({ ...layer, trainable: false }));

type Options = Partial<TrainerOptions> & { [injectFaults]?: { faults: FaultPlan } };

/** A discriminator, and a generator in front of the same discriminator, frozen. */
async function createPair(options: Options = {}, combinedOptions: Options = {}) {
  const shared = { optimizer: adam({ learningRate: 0.02 }), loss: 'binaryCrossentropy', seed: 3 } as const;
  const judge = await Trainer.create(discriminator, { ...shared, ...options });
  const combined = await Trainer.create([...generator, ...frozen], {
    ...shared,
    ...combinedOptions,
    shareWith: judge,
  });
  return { judge, combined };
}

function numbers(key: number, size: number): Float32Array {
  const draws = new Draws([key, 0]).at('initialize', 0, 0, 0);
  return Float32Array.from({ length: size }, (_, i) => draws.uniform(i) * 2 - 1);
}

const labels = (value: number): Float32Array => new Float32Array(ROWS).fill(value);
const samples = (key: number): LabelledData => ({ x: numbers(key, ROWS * 4), y: labels(1) });
const noise = (key: number): LabelledData => ({ x: numbers(key, ROWS * LATENT), y: labels(1) });

type Pair = Awaited<ReturnType<typeof createPair>>;

async function alternate({ judge, combined }: Pair, from: number, to: number): Promise<void> {
  for (let step = from; step < to; step++) {
    await judge.trainOnBatch(samples(2 * step));
    await combined.trainOnBatch(noise(2 * step + 1));
  }
}

const weightsOf = (trainer: Trainer) => Object.fromEntries(trainer.weights().map(({ name, values }) => [name, values]));

async function close({ judge, combined }: Pair): Promise<void> {
  await combined.close();
  await judge.close();
}

/** Fingerprints after six rounds with this many workers, and with these faults in the second trainer. */
async function outcome(workers: number, combinedOptions: Options = {}): Promise<string[]> {
  const pair = await createPair({ workers }, combinedOptions);
  await alternate(pair, 0, 6);
  const prints = [pair.judge.fingerprint(), pair.combined.fingerprint()];
  await close(pair);
  return prints;
}

describe('trainers that share layers', () => {
  test('have the same weights, whoever trains them', async () => {
    const pair = await createPair();
    await alternate(pair, 0, 2);
    const [own, other] = [weightsOf(pair.judge), weightsOf(pair.combined)];
    for (const [name, values] of Object.entries(own)) assert.deepEqual(other[name], values, name);
    await close(pair);
  });

  test('leave alone what they have frozen, and see what the other has trained', async () => {
    const pair = await createPair();
    const before = weightsOf(pair.judge);
    await pair.combined.trainOnBatch(noise(1));
    assert.deepEqual(weightsOf(pair.judge), before);
    const loss = (await pair.combined.testOnBatch(noise(1))).loss;
    await pair.judge.trainOnBatch(samples(2));
    assert.notDeepEqual(weightsOf(pair.judge), before);
    assert.notEqual((await pair.combined.testOnBatch(noise(1))).loss, loss);
    await close(pair);
  });

  test('both train a layer that neither freezes, step by step as one trainer would', async () => {
    const options = { optimizer: sgd({ learningRate: 0.1 }), loss: 'binaryCrossentropy', seed: 3 } as const;
    await using alone = await Trainer.create(discriminator, options);
    await using first = await Trainer.create(discriminator, options);
    await using second = await Trainer.create(discriminator, { ...options, shareWith: first });
    for (let step = 0; step < 4; step++) {
      await alone.trainOnBatch(samples(step));
      await (step % 2 === 0 ? first : second).trainOnBatch(samples(step));
    }
    assert.equal(second.fingerprint(), alone.fingerprint());
    assert.equal(first.fingerprint(), alone.fingerprint());
  });

  test('keep what a closed one has trained', async () => {
    const pair = await createPair();
    await alternate(pair, 0, 2);
    const trained = weightsOf(pair.judge);
    await pair.judge.close();
    const kept = weightsOf(pair.combined);
    for (const [name, values] of Object.entries(trained)) assert.deepEqual(kept[name], values, name);
    await pair.combined.trainOnBatch(noise(9));
    await pair.combined.close();
  });

  test('go on with another number of workers together', async () => {
    const pair = await createPair({ workers: 1 });
    await alternate(pair, 0, 3);
    await pair.combined.resize(3);
    assert.equal(pair.judge.workers, 3);
    await alternate(pair, 3, 6);
    assert.deepEqual([pair.judge.fingerprint(), pair.combined.fingerprint()], await outcome(2));
    await close(pair);
  });

  test('are refused when they have nothing in common, or ask for other workers', async () => {
    await using judge = await Trainer.create(discriminator, {
      optimizer: 'adam',
      loss: 'meanSquaredError',
      workers: 2,
    });
    const stranger = [{ type: 'Dense', name: 'other', units: 1, inputShape: [4] }];
    const options = { optimizer: 'adam', loss: 'meanSquaredError', shareWith: judge } as const;
    await assert.rejects(Trainer.create(stranger, options), { code: 'NOTHING_SHARED' });
    await assert.rejects(Trainer.create(discriminator, { ...options, workers: 3 }), { code: 'INVALID_OPTION' });
  });
});

test('Law 1: the number of workers changes no bit of trainers that share layers', async () => {
  const alone = await outcome(1);
  for (const workers of [2, 3, 5]) assert.deepEqual(await outcome(workers), alone, `${workers} workers`);
});

test('Law 3: a fault in one of them loses nothing of the other', async () => {
  const undisturbed = await outcome(2);
  for (const kind of ['throw', 'exit'] as const) {
    const faults = new FaultPlan();
    faults.arm([{ kind, rank: 1, step: 3, phase: 'backward' }]);
    const disturbed = await outcome(2, { [injectFaults]: { faults } });
    assert.equal(faults.pending, 0);
    assert.deepEqual(disturbed, undisturbed, kind);
  }
});
