/**
 * A Sequential model of one Dense layer learns y = 2x − 1 and more from its five units.
 * Run it with `npx tsx examples/quickstart.ts`.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-layers';
import { adam, type EngineChoice, Trainer } from 'lockstep';

// `--engine tfjs` and the like; auto takes the fastest that can compute the model.
const { values: given } = parseArgs({ options: { engine: { type: 'string', default: 'auto' } } });

// The model is an ordinary TensorFlow.js one; in Keras: Dense(5, input_dim=1, activation='relu').
const model = tf.sequential();
model.add(tf.layers.dense({ units: 5, inputDim: 1, activation: 'relu' }));
model.add(tf.layers.dense({ units: 1 }));

// compile: what to minimise, and how. The seed makes the run repeatable, weights included.
const trainer = await Trainer.create(model, {
  optimizer: adam({ learningRate: 0.02 }),
  loss: 'meanSquaredError',
  engine: given.engine as EngineChoice,
  initialWeights: 'seed',
  seed: 3,
});

// fit: 2,000 samples in batches of 200 are 10 steps an epoch.
const x = Float32Array.from({ length: 2000 }, (_, i) => i / 1000);
const y = x.map((value) => 2 * value - 1);
const { history } = await trainer.fit({ x, y }, { epochs: 30, batchSize: 200, validationSplit: 0.1 });

console.log(`loss ${history.loss[0].toFixed(4)} → ${history.loss[29].toFixed(6)} with ${trainer.workers} workers`);
console.log(`f(0.75) = ${(await trainer.predict({ x: [[0.75]] })).values[0].toFixed(3)}, expected 0.5`);
console.log(`fingerprint ${trainer.fingerprint().slice(0, 16)}, the same for any number of workers`);
await trainer.close();
