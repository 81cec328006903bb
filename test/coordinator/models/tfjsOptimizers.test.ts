import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Optimizer } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { adadelta, adam, type EngineChoice, rmsprop, sgd, Trainer, type TrainerOptions } from '../../../src/index.js';
import { tfc, tfl } from '../../../src/shared/tfjs/tfjs.js';
import { skipReason } from '../../native/nativeCases.js';

/** A model compiled with an optimizer of TensorFlow.js goes on by that optimizer's rule, which is not always Keras's. */

const { train } = tfc;
const optimizers: Readonly<Record<string, () => Optimizer>> = {
  sgd: () => train.sgd(0.1),
  momentum: () => train.momentum(0.05, 0.9),
  'momentum of Nesterov': () => train.momentum(0.05, 0.9, true),
  rmsprop: () => train.rmsprop(0.01),
  'rmsprop with momentum': () => train.rmsprop(0.01, 0.8, 0.5, 1e-4),
  'rmsprop, centered': () => train.rmsprop(0.01, 0.9, 0.5, 1e-9, true),
  adagrad: () => train.adagrad(0.1),
  'adagrad that begins small': () => train.adagrad(0.01, 1e-6),
  adadelta: () => train.adadelta(0.2),
  'adadelta with another epsilon': () => train.adadelta(0.5, 0.9, 1e-3),
  adam: () => train.adam(0.01),
  'adam with other betas and epsilon': () => train.adam(0.01, 0.8, 0.99, 1e-3),
  adamax: () => train.adamax(0.01),
  'adamax with decay': () => train.adamax(0.01, 0.8, 0.99, 1e-4, 0.1),
};

const STEPS = 20;
const ROWS = 12;
const BATCH = 6;
const WITHIN = 1e-5;
// Small inputs make small gradients, beside which an epsilon matters.
const x = Float32Array.from({ length: ROWS * 5 }, (_, i) => 0.02 * Math.sin(3 * i + 1));
const y = Float32Array.from({ length: ROWS * 2 }, (_, i) => Math.cos(2 * i));
const data = { x: { values: x, shape: [ROWS, 5] }, y: { values: y, shape: [ROWS, 2] } };

const engines: Readonly<Record<string, string | false>> = { reference: false, native: skipReason };

function build(optimizer: Optimizer): LayersModel {
  const kernelInitializer = (seed: number) => tfl.initializers.glorotUniform({ seed });
  const model = tfl.sequential({
    layers: [
      tfl.layers.dense({ units: 4, activation: 'tanh', inputShape: [5], kernelInitializer: kernelInitializer(1) }),
      tfl.layers.dense({ units: 2, kernelInitializer: kernelInitializer(2) }),
    ],
  });
  model.compile({ optimizer, loss: 'meanSquaredError' });
  return model;
}

/** Two steps an epoch. */
async function fitTheirs(model: LayersModel, steps: number): Promise<void> {
  const [inputs, targets] = [tfc.tensor(x, [ROWS, 5]), tfc.tensor(y, [ROWS, 2])];
  await model.fit(inputs, targets, { epochs: steps / 2, batchSize: BATCH, shuffle: false, verbose: 0 });
  tfc.dispose([inputs, targets]);
}

async function fitOurs(trainer: Trainer, steps: number): Promise<void> {
  await trainer.fit(data, { epochs: steps / 2, batchSize: BATCH, shuffle: false });
}

function assertNear(trainer: Trainer, model: LayersModel, within = WITHIN): void {
  const theirs = model.getWeights();
  trainer.weights().forEach(({ name, values }, i) => {
    const expected = theirs[i].dataSync();
    const worst = values.reduce((most, value, e) => Math.max(most, Math.abs(value - expected[e])), 0);
    assert.ok(worst <= within, `${name} differs by ${worst}`);
  });
}

for (const [engine, skip] of Object.entries(engines)) {
  const options = { engine: engine as EngineChoice, workers: 1 };
  describe(`${STEPS} steps here (${engine}) are ${STEPS} steps of model.fit within ${WITHIN}, with`, { skip }, () => {
    for (const [title, make] of Object.entries(optimizers)) {
      test(title, async () => {
        const model = build(make());
        await using trainer = await Trainer.create(model, options);
        await Promise.all([fitTheirs(model, STEPS), fitOurs(trainer, STEPS)]);
        assertNear(trainer, model);
      });

      test(`${title}, handed over in the middle with its moments`, async () => {
        const model = build(make());
        await fitTheirs(model, STEPS / 2);
        await using trainer = await Trainer.create(model, options);
        assert.equal(trainer.step, STEPS / 2);
        await Promise.all([fitTheirs(model, STEPS / 2), fitOurs(trainer, STEPS / 2)]);
        assertNear(trainer, model);
      });
    }
  });
}

test('A velocity of gradients follows a changed rate at once, as in TensorFlow.js', async () => {
  const optimizer = train.momentum(0.1, 0.9);
  const model = build(optimizer);
  await using trainer = await Trainer.create(model, { engine: 'reference', workers: 1 });
  const rates = [0.1, 0.001, 0.05];
  await trainer.fit(data, {
    ...{ epochs: rates.length, batchSize: BATCH, shuffle: false },
    callbacks: {
      onEpochBegin(epoch, fit) {
        fit.learningRate = rates[epoch];
      },
    },
  });
  for (const rate of rates) {
    optimizer.setLearningRate(rate);
    await fitTheirs(model, 2);
  }
  assertNear(trainer, model);
});

describe("A rule in Keras's words stays Keras's through a model file, in", () => {
  const folder = mkdtempSync(join(tmpdir(), 'lockstep-'));
  after(() => rm(folder, { recursive: true, force: true }));
  const layers = [{ type: 'Dense', units: 2, inputShape: [5] }];
  const cases = {
    adam: adam({ epsilon: 1e-3 }),
    'rmsprop, centered': rmsprop({ centered: true, epsilon: 1e-3 }),
    adadelta: adadelta({ learningRate: 1, epsilon: 1e-3 }),
    'sgd with momentum': sgd({ momentum: 0.5, learningRate: 0.25 }),
    'adam beside the corrected root': adam({ epsilon: 1e-3, epsilonPlacement: 'corrected' }),
  };
  for (const [title, optimizer] of Object.entries(cases)) {
    test(title, async () => {
      const options: TrainerOptions = { optimizer, loss: 'meanSquaredError', engine: 'reference', workers: 1 };
      await using trainer = await Trainer.create(layers, options);
      await trainer.trainOnBatch(data);
      const path = join(folder, title);
      await trainer.save(path, { includeOptimizer: true });
      await using again = await Trainer.create(path, { engine: 'reference', workers: 1 });
      await Promise.all([trainer.trainOnBatch(data), again.trainOnBatch(data)]);
      assert.equal(again.fingerprint(), trainer.fingerprint());
      // What TensorFlow.js reads over: it takes the file.
      const { weightsManifest, ...json } = JSON.parse(await readFile(join(path, 'model.json'), 'utf8'));
      const weightData = new Uint8Array(await readFile(join(path, 'weights.bin'))).buffer;
      const artifacts = { ...json, weightSpecs: weightsManifest[0].weights, weightData };
      const theirs = await tfl.loadLayersModel(tfc.io.fromMemory(artifacts));
      assert.equal(theirs.optimizer.iterations, 1);
    });
  }
});
