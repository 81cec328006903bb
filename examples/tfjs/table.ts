/** A table: is a breast tumour benign, by 30 measurements? `npx tsx examples/tfjs/table.ts` */
import { readFileSync } from 'node:fs';
import { parallel } from 'lockstep';
import * as tf from './tf.js';

const [, ...lines] = readFileSync('examples/data/breast_cancer.csv', 'utf8').trim().split('\n');
const rows = lines.map((line) => line.split(',').map(Number));
const raw = tf.tensor2d(rows.map((row) => row.slice(0, 30)));
const { mean, variance } = tf.moments(raw, 0);
const x = tf.div(tf.sub(raw, mean), tf.sqrt(variance)) as tf.Tensor2D;
const y = tf.tensor2d(rows.map((row) => [row[30]]));

const net = tf.sequential({
  layers: [
    tf.layers.dense({ units: 32, activation: 'relu', inputShape: [30] }),
    tf.layers.dense({ units: 16, activation: 'relu' }),
    tf.layers.dense({ units: 1, activation: 'sigmoid' }),
  ],
});
const model = parallel(net);
model.compile({ optimizer: tf.train.adam(0.003), loss: 'binaryCrossentropy', metrics: ['accuracy'] });
await model.fit(x, y, {
  epochs: 40,
  batchSize: 32,
  shuffle: false,
  validationSplit: 0.2,
  verbose: 0,
  callbacks: {
    onEpochEnd: (epoch, logs) => {
      if (epoch % 10 === 9) console.log(`epoch ${epoch + 1}: accuracy of unseen rows ${logs?.val_acc.toFixed(3)}`);
    },
  },
});

export const trained = [model];
