/** Images: which digit is it? A convolutional network on 8 × 8 pixels. `npx tsx examples/tfjs/cnn.ts` */
import { parallel } from 'lockstep';
import { loadDigits, oneHot } from './digits.js';
import * as tf from './tf.js';

const { images, labels } = loadDigits(800);
const classes = oneHot(labels, 10);

const net = tf.sequential();
net.add(tf.layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same', activation: 'relu', inputShape: [8, 8, 1] }));
net.add(tf.layers.conv2d({ filters: 16, kernelSize: 3, padding: 'same', activation: 'relu' }));
net.add(tf.layers.maxPooling2d({ poolSize: 2 }));
net.add(tf.layers.conv2d({ filters: 16, kernelSize: 3, padding: 'same', activation: 'relu' }));
net.add(tf.layers.maxPooling2d({ poolSize: 2 }));
net.add(tf.layers.flatten());
net.add(tf.layers.dense({ units: 32, activation: 'relu' }));
net.add(tf.layers.dense({ units: 10, activation: 'softmax' }));
const model = parallel(net);
model.compile({
  optimizer: tf.train.momentum(0.03, 0.9),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
});
const { history } = await model.fit(images, classes, {
  ...{ epochs: Number(process.env.EPOCHS ?? 4), batchSize: 32, shuffle: false, validationSplit: 0.2, verbose: 0 },
});
console.log(`accuracy of unseen digits ${(history.val_acc as number[]).at(-1)?.toFixed(3)}`);

export const trained = [model];
