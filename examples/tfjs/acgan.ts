/**
 * A GAN with classes: a generator draws digits of a wanted class, a discriminator says whether one is real and which it is. Both
 * are trained in turns, the generator through the frozen discriminator. `npx tsx examples/tfjs/acgan.ts`
 */
import { parallel } from 'lockstep';
import { draws } from './cartPole.js';
import { loadDigits, oneHot } from './digits.js';
import * as tf from './tf.js';

const [NOISE, BATCH, STEPS] = [16, 32, 24];
const draw = draws(13);
const { images, labels } = loadDigits(800);
const real = tf.reshape(images, [-1, 64]);

const generator = tf.sequential({
  layers: [
    tf.layers.dense({ units: 64, activation: 'relu', inputShape: [NOISE + 10] }),
    tf.layers.dense({ units: 64, activation: 'sigmoid' }),
  ],
});
const image = tf.input({ shape: [64] });
const seen = tf.layers.dense({ units: 64, activation: 'relu' }).apply(image) as tf.SymbolicTensor;
const isReal = tf.layers.dense({ units: 1, activation: 'sigmoid', name: 'real' }).apply(seen) as tf.SymbolicTensor;
const which = tf.layers.dense({ units: 10, activation: 'softmax', name: 'digit' }).apply(seen) as tf.SymbolicTensor;
const judge = tf.model({ inputs: image, outputs: [isReal, which] });
const loss = ['binaryCrossentropy', 'categoricalCrossentropy'];
judge.compile({ optimizer: tf.train.adam(0.002, 0.5, 0.999, 1e-4), loss });
judge.trainable = false;
const wish = tf.input({ shape: [NOISE + 10] });
const both = tf.model({ inputs: wish, outputs: judge.apply(generator.apply(wish)) as tf.SymbolicTensor[] });
both.compile({ optimizer: tf.train.adam(0.002, 0.5, 0.999, 1e-4), loss });
judge.trainable = true;
const [discriminator, combined] = [parallel(judge), parallel(both)];

const numbers = (shape: [number, number]): tf.Tensor2D =>
  tf.tensor2d(
    Array.from({ length: shape[0] * shape[1] }, () => draw() * 2 - 1),
    shape,
  );
const some = (): number[] => Array.from({ length: BATCH }, () => Math.floor(draw() * 10));
for (let step = 0; step < STEPS; step++) {
  const wanted = oneHot(some(), 10);
  const drawn = generator.predict(tf.concat([numbers([BATCH, NOISE]), wanted], 1)) as tf.Tensor2D;
  const from = (step * BATCH) % 700;
  const known = oneHot(labels.slice(from, from + BATCH), 10);
  const mixed = tf.concat([tf.slice(real, [from, 0], [BATCH, 64]), drawn]);
  const truth = tf.concat([tf.fill([BATCH, 1], 0.95), tf.zeros([BATCH, 1])]);
  const judged = (await discriminator.trainOnBatch(mixed, [truth, tf.concat([known, wanted])])) as number[];
  const wishes = oneHot(some(), 10);
  const noise = tf.concat([numbers([BATCH, NOISE]), wishes], 1);
  const fooled = (await combined.trainOnBatch(noise, [tf.ones([BATCH, 1]), wishes])) as number[];
  if (step % 8 === 7)
    console.log(`step ${step + 1}: discriminator ${judged[0].toFixed(3)}, generator ${fooled[0].toFixed(3)}`);
}

export const trained = [discriminator, combined];
