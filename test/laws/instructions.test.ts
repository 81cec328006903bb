import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { adam, Trainer } from '../../src/index.js';
import { findAddon } from '../../src/shared/native/addon.js';
import { type Case, cases, dataFor, dropoutCase, noiseCase } from '../helpers/models.js';

/** Law 6: instructions do not matter. */

const { addon } = findAddon();
const instructionSets = addon?.isas() ?? [];
const skip = addon === null ? 'there are no native kernels here' : false;

/** A larger convolutional classifier: several panels, several blocks of terms, rows a few at a time. */
const convolutional: Case = {
  title: 'a convolutional classifier of 28×28 images',
  layers: [
    { type: 'Conv2D', filters: 32, kernelSize: 3, activation: 'relu', inputShape: [28, 28, 1] },
    { type: 'MaxPooling2D', poolSize: 2 },
    { type: 'Conv2D', filters: 24, kernelSize: 3, activation: 'relu' },
    { type: 'MaxPooling2D', poolSize: 2 },
    { type: 'Flatten' },
    { type: 'Dense', units: 40, activation: 'tanh' },
    { type: 'Dense', units: 10, activation: 'softmax' },
  ],
  loss: 'sparseCategoricalCrossentropy',
  metrics: ['accuracy'],
  inputShape: [28, 28, 1],
  targets: 'classes',
  outputs: 10,
};

const perceptron: Case = {
  title: 'a wide perceptron',
  layers: [
    { type: 'Dense', units: 300, activation: 'relu', inputShape: [784] },
    { type: 'Dense', units: 70, activation: 'sigmoid' },
    { type: 'Dense', units: 10, activation: 'softmax' },
  ],
  loss: 'sparseCategoricalCrossentropy',
  metrics: ['accuracy'],
  inputShape: [784],
  targets: 'classes',
  outputs: 10,
};

/** Everything a run of 20 steps leaves behind on one instruction set. */
async function outcome(given: Case, isa: string, workers: number) {
  process.env.LOCKSTEP_ISA = isa;
  try {
    await using trainer = await Trainer.create(given.layers, {
      optimizer: adam({ learningRate: 0.01 }),
      loss: given.loss,
      metrics: given.metrics,
      engine: 'native',
      workers,
      seed: 11,
    });
    const { history } = await trainer.fit(dataFor(given, 75), { epochs: 5, batchSize: 20 });
    return { fingerprint: trainer.fingerprint(), step: trainer.step, history };
  } finally {
    delete process.env.LOCKSTEP_ISA;
  }
}

describe('Law 6: AVX-512, AVX2 and portable kernels give one fingerprint after 20 steps', { skip }, () => {
  for (const given of [...cases, dropoutCase, noiseCase, perceptron, convolutional]) {
    test(given.title, async (t) => {
      const { loss, metrics } = given;
      const { engine, engineReason } = await Trainer.describe(given.layers, { optimizer: 'adam', loss, metrics });
      if (engine !== 'native') return t.skip(engineReason);
      const expected = await outcome(given, instructionSets[0], 1);
      assert.equal(expected.step, 20);
      for (const isa of instructionSets.slice(1)) assert.deepEqual(await outcome(given, isa, 1), expected, isa);
      assert.deepEqual(await outcome(given, instructionSets[0], 3), expected, '3 workers');
    });
  }
});
