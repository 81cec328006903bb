/** An endless stream of examples from a generator: which of three waves is it? `npx tsx examples/tfjs/stream.ts` */
import { parallel } from 'lockstep';
import { draws } from './cartPole.js';
import * as tf from './tf.js';

const POINTS = 32;
const draw = draws(9);
const waves: readonly ((phase: number) => number)[] = [
  Math.sin,
  (t) => Math.sign(Math.sin(t)),
  (t) => 1 - (t % 6.28) / 3.14,
];

const stream = tf.data.generator(function* () {
  for (;;) {
    const kinds = Array.from({ length: 40 }, () => Math.floor(draw() * 3));
    const signals = kinds.map((kind) => {
      const [speed, shift] = [0.2 + draw() * 0.6, draw() * 6];
      return Array.from({ length: POINTS }, (_, i) => [waves[kind](shift + i * speed) + 0.2 * (draw() - 0.5)]);
    });
    yield { xs: tf.tensor3d(signals), ys: tf.tensor1d(kinds) };
  }
});

const net = tf.sequential({
  layers: [
    tf.layers.conv1d({ filters: 12, kernelSize: 5, activation: 'relu', inputShape: [POINTS, 1] }),
    tf.layers.batchNormalization(),
    tf.layers.maxPooling1d({ poolSize: 2 }),
    tf.layers.conv1d({ filters: 24, kernelSize: 3, activation: 'relu' }),
    tf.layers.globalAveragePooling1d(),
    tf.layers.dense({ units: 3, activation: 'softmax' }),
  ],
});
const model = parallel(net);
model.compile({
  optimizer: tf.train.momentum(0.05, 0.9),
  loss: 'sparseCategoricalCrossentropy',
  metrics: ['accuracy'],
});
const { history } = await model.fitDataset(stream, { epochs: 5, batchesPerEpoch: 20, verbose: 0 });
console.log(`accuracy by epoch ${(history.acc as number[]).map((share) => share.toFixed(3)).join(', ')}`);

export const trained = [model];
