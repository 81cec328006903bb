/**
 * Sequence to sequence with attention: digits of a sum, "23+5" → "28". An LSTM reads the characters, another writes the answer and
 * looks at all that was read at each step. `npx tsx examples/tfjs/addition.ts`
 */
import { parallel } from 'lockstep';
import * as tf from './tf.js';

const CHARACTERS = '0123456789+ ';
const [QUESTION, ANSWER, UNITS] = [5, 3, 48];

/** One-hot characters [rows, length, 12]. */
function encode(texts: readonly string[], length: number): tf.Tensor3D {
  const numbers = texts.map((text) => [...text.padEnd(length)].map((character) => CHARACTERS.indexOf(character)));
  return tf.cast(tf.oneHot(tf.tensor2d(numbers, undefined, 'int32'), CHARACTERS.length), 'float32') as tf.Tensor3D;
}

const pairs = Array.from({ length: 1500 }, (_, i) => [(i * 37) % 100, (i * 61 + 13) % 100]);
const questions = encode(
  pairs.map(([a, b]) => `${a}+${b}`),
  QUESTION,
);
const answers = encode(
  pairs.map(([a, b]) => `${a + b}`),
  ANSWER,
);

const input = tf.input({ shape: [QUESTION, CHARACTERS.length] });
const read = tf.layers.lstm({ units: UNITS, returnSequences: true }).apply(input) as tf.SymbolicTensor;
const last = tf.layers.lstm({ units: UNITS }).apply(read) as tf.SymbolicTensor;
const repeated = tf.layers.repeatVector({ n: ANSWER }).apply(last) as tf.SymbolicTensor;
const written = tf.layers.lstm({ units: UNITS, returnSequences: true }).apply(repeated) as tf.SymbolicTensor;
const scores = tf.layers.dot({ axes: [2, 2] }).apply([written, read]) as tf.SymbolicTensor;
const attention = tf.layers.activation({ activation: 'softmax' }).apply(scores) as tf.SymbolicTensor;
const context = tf.layers.dot({ axes: [2, 1] }).apply([attention, read]) as tf.SymbolicTensor;
const joined = tf.layers.concatenate().apply([context, written]) as tf.SymbolicTensor;
const output = tf.layers
  .timeDistributed({ layer: tf.layers.dense({ units: CHARACTERS.length, activation: 'softmax' }) })
  .apply(joined) as tf.SymbolicTensor;
const net = tf.model({ inputs: input, outputs: output });
const model = parallel(net);
model.compile({
  optimizer: tf.train.adam(0.005, 0.9, 0.999, 1e-3),
  loss: 'categoricalCrossentropy',
  metrics: ['accuracy'],
});
const { history } = await model.fit(questions, answers, {
  ...{ epochs: 4, batchSize: 64, shuffle: false, validationSplit: 0.1, verbose: 0 },
});
console.log(`characters of unseen sums that are right ${(history.val_acc as number[])[3].toFixed(3)}`);

export const trained = [model];
