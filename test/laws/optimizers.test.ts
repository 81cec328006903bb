import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type FitOptions, type OptimizerSpec, Trainer } from '../../src/index.js';
import { instructionSets } from '../../src/shared/native/addon.js';
import { cases, dataFor } from '../helpers/models.js';
import { optimizerCases } from '../helpers/optimizerCases.js';
import { skipReason, supported } from '../native/nativeCases.js';

/** Laws 1, 2, 5 and 6 for every optimizer, with all that may stand between a gradient and the new weights. */

const given = cases[0];
const data = dataFor(given, 25);
// Batches of 6: four full steps and a ragged one, two epochs.
const fit: FitOptions = { epochs: 2, batchSize: 6 };

const options: Readonly<Record<string, Partial<OptimizerSpec>>> = {
  'with clipping by value': { clipvalue: 0.02 },
  'with clipping by norm, accumulating': { clipnorm: 0.1, gradientAccumulationSteps: 3 },
  'with clipping by global norm, decay and averages': {
    globalClipnorm: 0.2,
    weightDecay: 0.05,
    excludeFromWeightDecay: ['bias'],
    useEma: true,
    emaMomentum: 0.6,
  },
  'overwritten by averages, accumulating': {
    useEma: true,
    emaOverwriteFrequency: 2,
    gradientAccumulationSteps: 2,
    decay: 0.1,
  },
};

const names = Object.keys(optimizerCases);
const treatments = Object.keys(options);

/** Each optimizer with some of the options: which ones goes round. */
const table = names.map((name, i) => {
  const treatment = treatments[i % treatments.length];
  return {
    title: `${name} ${treatment}`,
    optimizer: { ...optimizerCases[name], ...options[treatment] } as OptimizerSpec,
  };
});

function create(optimizer: OptimizerSpec, workers: number): Promise<Trainer> {
  const { loss, metrics } = given;
  return Trainer.create(given.layers, { optimizer, loss, metrics, workers, shards: 8, seed: 5 });
}

async function outcome(optimizer: OptimizerSpec, workers: number) {
  await using trainer = await create(optimizer, workers);
  const { history } = await trainer.fit(data, fit);
  return { fingerprint: trainer.fingerprint(), history };
}

describe('Law 1 for optimizers: the number of workers changes no bit', () => {
  for (const { title, optimizer } of table) {
    test(title, async () => {
      const alone = await outcome(optimizer, 1);
      for (const workers of [2, 3, 5, 8]) {
        assert.deepEqual(await outcome(optimizer, workers), alone, `${workers} workers`);
      }
    });
  }
});

test('Law 1 for regularizers and constraints: the number of workers changes no bit', async () => {
  const unit = { class_name: 'UnitNorm', config: { axis: 0 } };
  const layers = [
    { type: 'Dense', units: 70, kernelRegularizer: 'l1l2', kernelConstraint: 'maxNorm', inputShape: [7] },
    { type: 'Dense', units: 90, kernelConstraint: unit, biasConstraint: 'nonNeg', biasRegularizer: 'l2' },
    { type: 'Dense', units: 3, kernelRegularizer: 'l1' },
  ];
  const outcomes = [1, 2, 3, 5, 8].map(async (workers) => {
    const optimizer = { ...optimizerCases.Adam, globalClipnorm: 0.5 };
    await using trainer = await Trainer.create(layers, { optimizer, loss: given.loss, workers, shards: 8, seed: 5 });
    const { history } = await trainer.fit(data, { ...fit, validationSplit: 0.2 });
    return { fingerprint: trainer.fingerprint(), history };
  });
  const [alone, ...others] = await Promise.all(outcomes);
  for (const other of others) assert.deepEqual(other, alone);
});

describe('Laws 2 and 5 for optimizers: resuming and resizing after any step change no bit', () => {
  for (const { title, optimizer } of table) {
    test(title, async () => {
      const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
      try {
        await using steady = await create(optimizer, 2);
        await using first = await create(optimizer, 3);
        const path = join(folder, 'a.ckpt');
        for (let step = 0; step < 5; step++) {
          await steady.trainOnBatch(data);
          if (step < 2) await first.trainOnBatch(data);
        }
        await first.checkpoint(path);
        await using second = await Trainer.resume(path, { workers: 1 });
        await second.trainOnBatch(data);
        await second.resize(5);
        await second.trainOnBatch(data);
        await second.resize(2);
        await second.trainOnBatch(data);
        assert.equal(second.fingerprint(), steady.fingerprint());
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  }
});

describe('Law 6 for optimizers: instruction sets change no bit', { skip: skipReason }, () => {
  const others = instructionSets.filter((isa) => supported.includes(isa)).slice(1);
  // The kernels of all optimizers are held against each other bit by bit in test/native/updates.test.ts.
  for (const { title, optimizer } of table.slice(0, treatments.length)) {
    test(title, async () => {
      const best = await outcome(optimizer, 2);
      for (const isa of others) {
        process.env.LOCKSTEP_ISA = isa;
        try {
          assert.deepEqual(await outcome(optimizer, 2), best, isa);
        } finally {
          delete process.env.LOCKSTEP_ISA;
        }
      }
    });
  }
});
