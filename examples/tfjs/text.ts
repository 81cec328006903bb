/**
 * Text: is a sentence friendly? Words are numbers, sentences are padded with 0, and an embedding learns what words mean.
 * `npx tsx examples/tfjs/text.ts`
 */
import { parallel } from 'lockstep';
import * as tf from './tf.js';

const friendly = ['good', 'great', 'lovely', 'fine', 'superb', 'kind'];
const unfriendly = ['bad', 'awful', 'poor', 'dull', 'sad', 'rude'];
const others = ['the', 'film', 'was', 'and', 'story', 'really', 'actor', 'a', 'very', 'day'];
const words = ['', ...friendly, ...unfriendly, ...others];
const LENGTH = 12;

/** Sentence `i`: some words, of which one or more say how friendly it is. */
function sentence(i: number): { readonly numbers: number[]; readonly label: number } {
  const draw = (k: number, count: number): number => Math.floor(Math.abs(Math.sin(i * 31.7 + k * 7.3) * 1e4)) % count;
  const label = draw(0, 2);
  const length = 4 + draw(1, LENGTH - 4);
  const mood = label === 1 ? friendly : unfriendly;
  const said = Array.from({ length }, (_, k) => (k % 3 === 1 ? mood[draw(k + 2, 6)] : others[draw(k + 2, 10)]));
  const numbers = said.map((word) => words.indexOf(word));
  return { numbers: [...numbers, ...new Array<number>(LENGTH - length).fill(0)], label };
}

const sentences = Array.from({ length: 2000 }, (_, i) => sentence(i));
const x = tf.tensor2d(sentences.map(({ numbers }) => numbers));
const y = tf.tensor2d(sentences.map(({ label }) => [label]));

const net = tf.sequential({
  layers: [
    tf.layers.embedding({ inputDim: words.length, outputDim: 16, inputLength: LENGTH }),
    tf.layers.globalAveragePooling1d(),
    tf.layers.dense({ units: 16, activation: 'relu' }),
    tf.layers.dense({ units: 1, activation: 'sigmoid' }),
  ],
});
const model = parallel(net);
model.compile({ optimizer: tf.train.rmsprop(0.005), loss: 'binaryCrossentropy', metrics: ['accuracy'] });
const { history } = await model.fit(x, y, {
  ...{ epochs: 6, batchSize: 50, shuffle: false, validationSplit: 0.25, verbose: 0 },
  callbacks: tf.callbacks.earlyStopping({ monitor: 'val_loss', patience: 2 }),
});
console.log(`accuracy of unseen sentences ${(history.val_acc as number[]).at(-1)?.toFixed(3)}`);

export const trained = [model];
