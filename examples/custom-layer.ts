/**
 * A model with a layer of one's own learns a sine: run it with `npx tsx examples/custom-layer.ts`.
 *
 * The layer is traced, and what it does becomes kernel calls as for any other. `--engine tfjs` lets TensorFlow.js compute the
 * model on every rank instead, in plain JavaScript.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-layers';
import { adam, type EngineChoice, Trainer } from 'lockstep';
import { Snake, snakeModule } from './layers/snake.js';

const { values } = parseArgs({
  options: { engine: { type: 'string', default: 'auto' }, epochs: { type: 'string', default: '30' } },
});

const model = tf.sequential();
model.add(tf.layers.dense({ units: 16, inputShape: [1] }));
model.add(new Snake({}));
model.add(tf.layers.dense({ units: 1 }));

const trainer = await Trainer.create(model, {
  optimizer: adam({ learningRate: 0.02 }),
  loss: 'meanSquaredError',
  // Where TensorFlow.js computes, every rank imports these modules before it builds the model.
  modules: [snakeModule],
  engine: values.engine as EngineChoice,
  initialWeights: 'seed',
  seed: 1,
  // With shards given, the number of workers changes no bit there either.
  shards: 2,
});
console.log(`engine ${trainer.engine}: ${trainer.engineReason}`);

const x = Float32Array.from({ length: 1024 }, (_, i) => (i - 512) / 128);
const y = x.map((value) => Math.sin(2 * value));
const { history } = await trainer.fit({ x, y }, { epochs: Number(values.epochs), batchSize: 64 });
const [before, after] = [history.loss[0], history.loss[history.loss.length - 1]];
console.log(`loss ${before.toFixed(4)} → ${after.toFixed(4)} with ${trainer.workers} workers`);
console.log(`fingerprint ${trainer.fingerprint().slice(0, 16)}`);
await trainer.close();
