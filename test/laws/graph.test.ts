import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as tfc from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { modelFromGraph } from '../../src/coordinator/models/fromGraph.js';
import { adam, sgd, Trainer } from '../../src/index.js';
import { findAddon } from '../../src/shared/native/addon.js';
import { type GraphCase, graphCases, graphData } from '../helpers/graphs.js';
import { randomGraph } from '../helpers/randomGraphs.js';

/** The laws for functional models. */

const instructionSets = findAddon().addon?.isas() ?? [];

function create({ model, loss }: GraphCase, workers: number, engine: 'auto' | 'reference' = 'auto'): Promise<Trainer> {
  const optimizer = adam({ learningRate: 0.01, amsgrad: true });
  return Trainer.create(model, { optimizer, loss, metrics: ['accuracy'], workers, engine, seed: 5 });
}

/** Everything that two epochs over a ragged number of rows leave behind. */
async function outcome(given: GraphCase, workers: number) {
  await using trainer = await create(given, workers);
  const { history } = await trainer.fit(graphData(given, 29), { epochs: 2, batchSize: 12 });
  const predicted = [await trainer.predict(graphData(given, 5, 2))].flat();
  return { fingerprint: trainer.fingerprint(), history, values: predicted.map(({ values }) => [...values]) };
}

async function outcomeOn(given: GraphCase, isa: string) {
  process.env.LOCKSTEP_ISA = isa;
  try {
    return await outcome(given, 1);
  } finally {
    delete process.env.LOCKSTEP_ISA;
  }
}

describe('Law 1 and law 6: neither workers nor instructions change a bit of a functional model', () => {
  for (const given of graphCases) {
    test(given.title, async () => {
      const alone = await outcome(given, 1);
      for (const workers of [2, 3, 8]) assert.deepEqual(await outcome(given, workers), alone, `${workers} workers`);
      for (const isa of instructionSets) assert.deepEqual(await outcomeOn(given, isa), alone, isa);
    });
  }

  test('models drawn at random', async () => {
    const property = fc.asyncProperty(fc.infiniteStream(fc.nat(1 << 20)), async (numbers) => {
      const given = randomGraph((below) => Number(numbers.next().value) % below);
      const alone = await outcome(given, 1);
      assert.deepEqual(await outcome(given, 3), alone, JSON.stringify(given.model));
      for (const isa of instructionSets.slice(1)) assert.deepEqual(await outcomeOn(given, isa), alone, isa);
    });
    await fc.assert(property, { seed: 20, numRuns: 6, endOnFailure: true });
  });
});

test('Law 2: a functional model that is interrupted and resumed with other workers ends with the same bits', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  try {
    const [given] = graphCases;
    const data = graphData(given, 29);
    await using whole = await create(given, 2);
    for (let step = 0; step < 4; step++) await whole.trainOnBatch(data);
    await using first = await create(given, 1);
    for (let step = 0; step < 2; step++) await first.trainOnBatch(data);
    await first.checkpoint(join(folder, 'half'));
    await using second = await Trainer.resume(join(folder, 'half'), { workers: 3 });
    for (let step = 0; step < 2; step++) await second.trainOnBatch(data);
    assert.equal(second.fingerprint(), whole.fingerprint());
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

describe('Law 4: one step of a functional model is the gradient of the whole batch, as tfjs-layers computes it', () => {
  const RATE = 0.5;
  for (const given of [withoutRandomness(graphCases[0])]) {
    test(`${given.title}: weights after two steps agree within 1e-5`, async () => {
      const data = graphData(given, 16);
      const options = { optimizer: sgd({ learningRate: RATE }), loss: given.loss, workers: 3 };
      await using trainer = await Trainer.create(given.model, options);
      const { model } = modelFromGraph(given.model, 'twin');
      const weights = new Map(model.weights.map((weight) => [weight.originalName, weight]));
      for (const { name, shape, values } of trainer.weights()) weights.get(name)?.write(tfc.tensor(values, [...shape]));
      model.compile({ optimizer: tfc.train.sgd(RATE), loss: given.loss as string });
      const inputs = Object.values(data.x as Record<string, { values: Float32Array; shape: number[] }>);
      const xs = inputs.map(({ values, shape }) => tfc.tensor(values, shape));
      const ys = tfc.tensor(Float32Array.from(data.y as Int32Array), [16, 1]);
      for (let step = 0; step < 2; step++) {
        await model.trainOnBatch(xs, ys);
        await trainer.trainOnBatch(data);
      }
      for (const { name, values } of trainer.weights()) {
        const expected = weights.get(name)?.read().dataSync() as Float32Array;
        values.forEach((value, i) => {
          assert.ok(Math.abs(value - expected[i]) < 1e-5, `${name}[${i}] is ${value}, expected ${expected[i]}`);
        });
      }
    });
  }
});

/** The case with dropout taken away, as no two libraries draw alike. */
function withoutRandomness(given: GraphCase): GraphCase {
  const layers = given.model.layers.filter(({ type }) => type !== 'Dropout');
  return { ...given, model: { ...given.model, layers } };
}
