/**
 * Object detection with a loss of its own: is there a square in the image, and where? Where there is none, its place does not
 * count. `npx tsx examples/tfjs/detection.ts`
 */
import { parallel } from 'lockstep';
import { draws } from './cartPole.js';
import * as tf from './tf.js';

const SIZE = 16;
const draw = draws(5);

/** An image with noise and, three times in four, a bright square; whether it is there, its middle and its size, all in [0, 1]. */
function scene(): { readonly image: number[]; readonly answer: number[] } {
  const isThere = draw() < 0.75;
  const size = 3 + Math.floor(draw() * 5);
  const [top, left] = [0, 0].map(() => Math.floor(draw() * (SIZE - size)));
  const inside = (at: number, from: number): boolean => at >= from && at < from + size;
  const image = Array.from({ length: SIZE * SIZE }, (_, i) => {
    const isBright = isThere && inside(Math.floor(i / SIZE), top) && inside(i % SIZE, left);
    return draw() * 0.3 + (isBright ? 0.7 : 0);
  });
  const place = [top + size / 2, left + size / 2, size].map((value) => value / SIZE);
  return { image, answer: isThere ? [1, ...place] : [0, 0, 0, 0] };
}

const scenes = Array.from({ length: 600 }, scene);
const x = tf.tensor4d(
  scenes.flatMap(({ image }) => image),
  [scenes.length, SIZE, SIZE, 1],
);
const y = tf.tensor2d(scenes.map(({ answer }) => answer));

/** Cross-entropy of being there, and the squared distance of place and size where it is. */
function detectionLoss(truth: tf.Tensor, answer: tf.Tensor): tf.Tensor {
  const [isThere, place] = [tf.slice(truth, [0, 0], [-1, 1]), tf.slice(truth, [0, 1], [-1, 3])];
  const [found, where] = [tf.sigmoid(tf.slice(answer, [0, 0], [-1, 1])), tf.slice(answer, [0, 1], [-1, 3])];
  const certainty = tf.clipByValue(found, 1e-6, 1 - 1e-6);
  const yes = tf.mul(isThere, tf.log(certainty));
  const no = tf.mul(tf.sub(1, isThere), tf.log(tf.sub(1, certainty)));
  const distance = tf.mul(isThere, tf.sum(tf.square(tf.sub(place, where)), -1, true));
  return tf.mean(tf.add(tf.neg(tf.add(yes, no)), tf.mul(5, distance)));
}

const net = tf.sequential({
  layers: [
    tf.layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu', inputShape: [SIZE, SIZE, 1] }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 32, activation: 'relu' }),
    tf.layers.dense({ units: 4 }),
  ],
});
const model = parallel(net);
model.compile({ optimizer: tf.train.adam(0.002), loss: detectionLoss });
const { history } = await model.fit(x, y, {
  ...{ epochs: 3, batchSize: 40, shuffle: false, validationSplit: 0.2, verbose: 0 },
});
console.log(`loss of unseen images ${(history.val_loss as number[]).map((loss) => loss.toFixed(3)).join(', ')}`);

export const trained = [model];
