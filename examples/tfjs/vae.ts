/**
 * A variational autoencoder with a layer and a loss of its own: digits become a mean and a spread in the plane, a point is drawn
 * there, and becomes a digit again. `npx tsx examples/tfjs/vae.ts`
 */
import { parallel } from 'lockstep';
import { draws } from './cartPole.js';
import { loadDigits } from './digits.js';
import * as tf from './tf.js';

const [LATENT, HIDDEN] = [2, 64];
const draw = draws(17);
const { images } = loadDigits(1000);
const x = tf.reshape(images, [-1, 64]) as tf.Tensor2D;

/** mean + e^(spread / 2) · noise. The noise is an input, so that a training can be repeated. */
class Sampling extends tf.layers.Layer {
  static readonly className = 'Sampling';

  override computeOutputShape([mean]: tf.Shape[]): tf.Shape {
    return mean;
  }

  override call([mean, spread, noise]: tf.Tensor[]): tf.Tensor {
    return tf.tidy(() => tf.add(mean, tf.mul(tf.exp(tf.mul(spread, 0.5)), noise)));
  }
}
tf.serialization.registerClass(Sampling);

/** How far mean and spread, side by side, are from a normal distribution: the Kullback-Leibler divergence of a row. */
function divergence(_: tf.Tensor, code: tf.Tensor): tf.Tensor {
  const [mean, spread] = tf.split(code, 2, -1);
  const terms = tf.sub(tf.add(tf.square(mean), tf.exp(spread)), tf.add(spread, 1));
  return tf.mul(0.5 / 64, tf.sum(terms, -1));
}

const digit = tf.input({ shape: [64] });
const noise = tf.input({ shape: [LATENT] });
const hidden = tf.layers.dense({ units: HIDDEN, activation: 'relu' }).apply(digit) as tf.SymbolicTensor;
const mean = tf.layers.dense({ units: LATENT }).apply(hidden) as tf.SymbolicTensor;
const spread = tf.layers.dense({ units: LATENT }).apply(hidden) as tf.SymbolicTensor;
const point = new Sampling({}).apply([mean, spread, noise]) as tf.SymbolicTensor;
const back = tf.layers.dense({ units: HIDDEN, activation: 'relu' }).apply(point) as tf.SymbolicTensor;
const drawn = tf.layers.dense({ units: 64, activation: 'sigmoid', name: 'drawn' }).apply(back) as tf.SymbolicTensor;
const code = tf.layers.concatenate({ name: 'code' }).apply([mean, spread]) as tf.SymbolicTensor;
const net = tf.model({ inputs: [digit, noise], outputs: [drawn, code] });
const model = parallel(net);
model.compile({ optimizer: tf.train.adam(0.003), loss: [tf.metrics.binaryCrossentropy, divergence] });
/** Two numbers a row that are nearly normal: sums of twelve. */
const normal = (): number => Array.from({ length: 12 }, draw).reduce((a, b) => a + b) - 6;
for (let epoch = 0; epoch < Number(process.env.EPOCHS ?? 4); epoch++) {
  const e = tf.tensor2d(Array.from({ length: 1000 * LATENT }, normal), [1000, LATENT]);
  const { history } = await model.fit([x, e], [x, tf.zeros([1000, 2 * LATENT])], {
    ...{ epochs: 1, batchSize: 50, shuffle: false, verbose: 0 },
  });
  console.log(`epoch ${epoch + 1}: loss ${(history.loss as number[])[0].toFixed(4)}`);
}

export const trained = [model];
