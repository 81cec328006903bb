import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as tfc from '@tensorflow/tfjs-core';
import { layerLowerings } from '../../src/coordinator/compiler/lower/layers/index.js';
import { modelFromGraph } from '../../src/coordinator/models/fromGraph.js';
import { adam, sgd, Trainer, type TrainerOptions } from '../../src/index.js';
import { findAddon } from '../../src/shared/native/addon.js';
import { Draws } from '../../src/shared/random/rng.js';
import { type GraphCase, graphCases, graphData } from '../helpers/graphs.js';
import type { Choose } from '../helpers/layerChoices.js';
import { dealTypes, randomGraph } from '../helpers/randomGraphs.js';

/** The laws for functional models. */

/** Models drawn at random that together have every layer. */
const randomGraphs = (() => {
  const draws = new Draws([20, 0]).at('initialize', 0, 0, 0);
  let drawn = 0;
  const choose: Choose = (below) => draws.word(drawn++) % below;
  return dealTypes(choose, 9).map((types) => randomGraph(choose, types));
})();

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

  for (const given of randomGraphs) {
    test(given.title, async () => {
      const alone = await outcome(given, 1);
      assert.deepEqual(await outcome(given, 3), alone, JSON.stringify(given.model));
      for (const isa of instructionSets.slice(1)) assert.deepEqual(await outcomeOn(given, isa), alone, isa);
    });
  }
});

/**
 * Inputs that data may hold, by kind. The reference, which sums in float64, is told of what is large: a product of two such numbers
 * is a float32 number with room for a sum of a hundred. What is huge overflows on its way, in an order that only the builds of
 * the native kernels share.
 */
const extremes = {
  tiny: [-0, 2 ** -126, -(2 ** -126), 2 ** -127, -(2 ** -149)],
  large: [2 ** 60, -(2 ** 58), 2 ** 56, -(2 ** 54), -0],
  huge: [3e38, -3e38, 1e20, -1e20, -0],
} as const;

/** What a model says of rows of which every third number is extreme: predictions, loss and metrics. */
async function verdict(given: GraphCase, kind: keyof typeof extremes, engine: 'auto' | 'reference' = 'auto') {
  await using trainer = await create(given, 1, engine);
  const { x, y } = graphData(given, 5, 2);
  const numbers = extremes[kind];
  const strewn = Object.entries(x as Record<string, { values: Float32Array; shape: number[] }>).map(
    ([name, { values, shape }]) => {
      const isWords = given.words?.includes(name) === true;
      return [name, { shape, values: isWords ? values : values.map((v, i) => (i % 3 ? v : numbers[i % 5])) }] as const;
    },
  );
  const data = { x: Object.fromEntries(strewn), y };
  const predicted = [await trainer.predict(data)].flat().flatMap(({ values }) => [...values]);
  return { predicted, logs: Object.values(await trainer.evaluate(data)) };
}

/** Alike: both NaN, the same infinity, or finite and near each other. */
function alike(a: number, b: number): boolean {
  return Object.is(a, b) || Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(a), Math.abs(b));
}

describe('Law 6: extreme inputs end in the same numbers on every instruction set, and of the same kind on the reference', () => {
  for (const given of randomGraphs) {
    for (const kind of ['tiny', 'large', 'huge'] as const) {
      test(`${given.title}: ${kind}`, async () => {
        const native = await verdict(given, kind);
        for (const isa of instructionSets.slice(1)) {
          process.env.LOCKSTEP_ISA = isa;
          const other = await verdict(given, kind).finally(() => {
            delete process.env.LOCKSTEP_ISA;
          });
          assert.deepEqual(other, native, isa);
        }
        if (kind === 'huge') return;
        const reference = await verdict(given, kind, 'reference');
        for (const part of ['predicted', 'logs'] as const) {
          const at = reference[part].findIndex((value, i) => !alike(value, native[part][i]));
          assert.equal(at, -1, `${part}[${at}] is ${native[part][at]}, in the reference ${reference[part][at]}`);
        }
      });
    }
  }
});

test('every layer that lowers is drawn for a random model', () => {
  const drawn = randomGraphs.flatMap(({ model }) => model.layers.map(({ type }) => type));
  assert.deepEqual(
    [...layerLowerings.keys()].filter((type) => !drawn.includes(type)),
    [],
    'add how these are drawn to test/helpers/layerChoices.ts',
  );
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

describe('Law 4: one step in eight shards is one step of the whole batch in one piece, by either table of kernels', () => {
  for (const given of randomGraphs) {
    test(given.title, async () => {
      const whole = await oneStep(given, { shards: 1, engine: 'reference' });
      for (const engine of ['reference', 'auto'] as const) {
        const sharded = await oneStep(given, { shards: 8, engine });
        whole.forEach(({ name, values }, i) => {
          values.forEach((value, e) => {
            const error = Math.abs(sharded[i].values[e] - value);
            assert.ok(error < 1e-5, `${engine}: ${name}[${e}] is off by ${error} in ${JSON.stringify(given.model)}`);
          });
        });
      }
    });
  }
});

/** All weights after one step of SGD over a batch that shards do not divide evenly. */
async function oneStep(given: GraphCase, options: Pick<TrainerOptions, 'shards' | 'engine'>) {
  const optimizer = sgd({ learningRate: 0.5 });
  await using trainer = await Trainer.create(given.model, { optimizer, loss: given.loss, workers: 1, ...options });
  await trainer.trainOnBatch(graphData(given, 19));
  return trainer.weights();
}

/** The case with dropout taken away, as no two libraries draw alike. */
function withoutRandomness(given: GraphCase): GraphCase {
  const layers = given.model.layers.filter(({ type }) => type !== 'Dropout');
  return { ...given, model: { ...given.model, layers } };
}
