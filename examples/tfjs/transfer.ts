/** Transfer learning: what a network learns of the digits 0 to 4 serves the digits 5 to 9. `npx tsx examples/tfjs/transfer.ts` */
import { parallel } from 'lockstep';
import { loadDigits, oneHot } from './digits.js';
import * as tf from './tf.js';

const { images, labels } = loadDigits(1000);
/** The digits of which `isWanted` holds, with their classes numbered from 0. */
function select(isWanted: (label: number) => boolean): [tf.Tensor4D, tf.Tensor2D] {
  const rows = labels.flatMap((label, row) => (isWanted(label) ? [row] : []));
  return [
    tf.gather(images, tf.tensor1d(rows, 'int32')),
    oneHot(
      rows.map((row) => labels[row] % 5),
      5,
    ),
  ];
}

const features = [
  tf.layers.conv2d({ filters: 8, kernelSize: 3, activation: 'relu', inputShape: [8, 8, 1] }),
  tf.layers.conv2d({ filters: 16, kernelSize: 3, activation: 'relu' }),
  tf.layers.maxPooling2d({ poolSize: 2 }),
  tf.layers.flatten(),
];
const head = [tf.layers.dense({ units: 32, activation: 'relu' }), tf.layers.dense({ units: 5, activation: 'softmax' })];
const net = tf.sequential({ layers: [...features, ...head] });
const model = parallel(net);
const compilation = { loss: 'categoricalCrossentropy', metrics: ['accuracy'] };
const settings = { batchSize: 32, shuffle: false, verbose: 0 };
model.compile({ ...compilation, optimizer: tf.train.sgd(0.1) });
await model.fit(...select((label) => label < 5), { ...settings, epochs: 4 });

// The features stay as they are; the head learns the other digits.
for (const layer of features) layer.trainable = false;
model.compile({ ...compilation, optimizer: tf.train.momentum(0.05, 0.9) });
const { history } = await model.fit(...select((label) => label >= 5), { ...settings, epochs: 5, validationSplit: 0.2 });
console.log(`accuracy of unseen digits 5 to 9 ${(history.val_acc as number[])[4].toFixed(3)}`);

export const trained = [model];
