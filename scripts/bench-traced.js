/**
 * A step with a loss that is traced, a function like Huber's loss of TensorFlow.js's operations, beside one with the built-in
 * `huber`: steps take turns in one process, and the median ratio of the processor times of the two is printed with its spread over the rounds.
 *
 *   node scripts/bench-traced.js [--rounds 20] [--steps 20] [--workers 1] [--most 1.05]
 *
 * Ends with 1 where the median ratio is above `--most`.
 */
import { parseArgs } from 'node:util';
import { Trainer } from '../dist/src/index.js';
import { tfc as tf } from '../dist/src/shared/tfjs/tfjs.js';

const { values: given } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    steps: { type: 'string', default: '20' },
    workers: { type: 'string', default: '1' },
    most: { type: 'string', default: '1.05' },
  },
});
const [rounds, steps, workers, most] = ['rounds', 'steps', 'workers', 'most'].map((name) => Number(given[name]));
const BATCH = 256;

const huberLike = (yTrue, yPred) => {
  const error = tf.abs(tf.sub(yTrue, yPred));
  const near = tf.minimum(error, 1);
  return tf.mean(tf.add(tf.mul(0.5, tf.square(near)), tf.sub(error, near)), -1);
};

const layers = [
  { type: 'Dense', units: 512, activation: 'relu', inputShape: [784] },
  { type: 'Dense', units: 512, activation: 'relu' },
  { type: 'Dense', units: 10 },
];
const numbers = (count, factor) => Float32Array.from({ length: count }, (_, e) => Math.sin(e * factor));
const data = {
  x: { values: numbers(BATCH * 784, 0.37), shape: [BATCH, 784] },
  y: { values: numbers(BATCH * 10, 1.13), shape: [BATCH, 10] },
};

async function open(loss) {
  const trainer = await Trainer.create(layers, { optimizer: 'adam', loss, workers, seed: 1 });
  await trainer.fit(data, { epochs: steps, batchSize: BATCH });
  return trainer;
}

/** Processor time of all threads: what else the machine does counts little. */
async function millisecondsOf(trainer) {
  const began = process.cpuUsage();
  await trainer.fit(data, { epochs: steps, batchSize: BATCH, shuffle: false });
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1000 / steps;
}

const quantile = (values, share) => values.toSorted((a, b) => a - b)[Math.floor(share * (values.length - 1))];

const [builtIn, traced] = [await open('huber'), await open(huberLike)];
const pairs = [];
for (let round = 0; round < rounds; round++) {
  const order = round % 2 === 0 ? [builtIn, traced] : [traced, builtIn];
  const times = [await millisecondsOf(order[0]), await millisecondsOf(order[1])];
  pairs.push(order[0] === builtIn ? times : times.toReversed());
}
await Promise.all([builtIn.close(), traced.close()]);
const [ours, theirs] = [1, 0].map((at) =>
  quantile(
    pairs.map((pair) => pair[at]),
    0.5,
  ),
);
const ratios = pairs.map(([one, other]) => other / one);
const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share));
console.log(
  `MLP 784-512-512-10, batch ${BATCH}, ${workers} workers, engine ${traced.engine}, ${rounds} rounds of ${steps} steps in turns`,
);
console.log(`huber ${theirs.toFixed(3)} ms a step, traced ${ours.toFixed(3)} ms`);
console.log(`ratio ${middle.toFixed(3)} (median of the rounds; quartiles ${low.toFixed(3)} and ${high.toFixed(3)})`);
process.exitCode = middle <= most ? 0 : 1;
