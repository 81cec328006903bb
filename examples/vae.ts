/**
 * A variational autoencoder of digits, with one loss over its three outputs and a layer that draws: `npx tsx examples/vae.ts`, with a
 * number of epochs behind it. Both become kernels, and the numbers that are drawn depend on the seed alone.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { adam, jointLoss, Trainer } from 'lockstep';

const LATENT = 2;

/** mean + e^(logVariance / 2) · a normal number for each element. */
class Sampling extends tfl.layers.Layer {
  static readonly className = 'DrawnCode';

  override computeOutputShape(shapes: tfl.Shape | tfl.Shape[]): tfl.Shape {
    return (shapes as tfl.Shape[])[0];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [mean, logVariance] = inputs as tf.Tensor[];
    return tf.tidy(() => tf.add(mean, tf.mul(tf.exp(tf.mul(logVariance, 0.5)), tf.randomNormal(mean.shape))));
  }
}
tf.serialization.registerClass(Sampling as never);

const { dense } = tfl.layers;
const digit = tfl.input({ shape: [64] });
const hidden = dense({ units: 64, activation: 'relu' }).apply(digit);
const mean = dense({ units: LATENT, name: 'mean' }).apply(hidden) as tfl.SymbolicTensor;
const logVariance = dense({ units: LATENT, name: 'logVariance' }).apply(hidden) as tfl.SymbolicTensor;
const code = new Sampling({}).apply([mean, logVariance]);
const back = dense({ units: 64, activation: 'relu' }).apply(code);
const made = dense({ units: 64, activation: 'sigmoid', name: 'made' }).apply(back) as tfl.SymbolicTensor;

/** The cross-entropy of the pixels, and the divergence of the code from a normal distribution: Kingma and Welling, 2014. */
const loss = jointLoss(([x], [made, mean, logVariance]) => {
  const [ink, paper] = [tf.clipByValue(made, 1e-6, 1), tf.clipByValue(tf.sub(1, made), 1e-6, 1)];
  const pixels = tf.add(tf.mul(x, tf.log(ink)), tf.mul(tf.sub(1, x), tf.log(paper)));
  const inner = tf.sub(tf.sub(tf.add(1, logVariance), tf.square(mean)), tf.exp(logVariance));
  return tf.sub(tf.mul(-0.5, tf.sum(inner, -1)), tf.sum(pixels, -1));
});

const lines = gunzipSync(readFileSync('examples/data/digits.csv.gz')).toString().trim().split('\n');
const values = Float32Array.from(
  lines.flatMap((line) => line.split(',').slice(0, 64)),
  (pixel) => Number(pixel) / 16,
);
const x = { values, shape: [lines.length, 64] };

const trainer = await Trainer.create(tfl.model({ inputs: digit, outputs: [made, mean, logVariance] }), {
  ...{ optimizer: adam({ learningRate: 0.003 }), loss, initialWeights: 'seed', seed: 1 },
});
const epochs = Number(process.argv[2] ?? 20);
// The loss reads the targets of the first output alone.
const { history } = await trainer.fit({ x, y: { made: x } }, { epochs, batchSize: 64 });
console.log(`loss ${history.loss[0].toFixed(2)} → ${history.loss[epochs - 1].toFixed(2)} on engine ${trainer.engine}`);
console.log(`fingerprint ${trainer.fingerprint().slice(0, 16)}`);
await trainer.close();
