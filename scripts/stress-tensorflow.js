/**
 * Starts ranks of engine tensorflow that train at once, each start in a process of its own, and counts those that crash:
 * tfjs-node and libtensorflow were not made for several threads.
 *
 *   npm run stress:tensorflow -- --starts 100 --seed 1
 *
 * Every start draws a model, 2 to 4 ranks and, one time in three, a second trainer that starts beside the first. Ends with
 * 1 where one of them crashes, hangs, or finds another loss than engine reference.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const file = fileURLToPath(import.meta.url);
const library = join(dirname(dirname(file)), 'dist', 'src', 'index.js');
const STEPS = 3;
const ROWS = 12;
const LIMIT_MS = 60_000;

const { values } = parseArgs({
  options: {
    starts: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    one: { type: 'string' },
  },
});

if (!existsSync(library)) {
  console.error('Lockstep is not compiled; run `npm ci` or `npm run compile` first.');
  process.exit(2);
}
if (values.one === undefined) superviseStarts(Number(values.starts), Number(values.seed));
else await start(Number(values.one));

function superviseStarts(starts, seed) {
  if (!Number.isSafeInteger(starts) || starts < 1 || !Number.isSafeInteger(seed)) {
    console.error(`--starts is ${values.starts} and --seed ${values.seed}; give whole numbers, at least one start.`);
    process.exit(2);
  }
  const began = performance.now();
  const failures = [];
  for (let i = 0; i < starts; i++) {
    const one = seed * 1_000_003 + i;
    const { status, signal, stderr } = spawnSync(process.execPath, [file, '--one', String(one)], {
      encoding: 'utf8',
      timeout: LIMIT_MS,
    });
    if (status === 0) continue;
    failures.push(one);
    console.log(
      `Start ${one} (${describe(choose(one))}) ended with ${signal ?? status}: ${stderr.trim().split('\n')[0]}`,
    );
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${starts} starts of 2 to 4 ranks, ${failures.length} of them failed, in ${seconds} s.`);
  process.exitCode = failures.length === 0 ? 0 : 1;
}

/** One start: its trainers begin together, train, and have to agree with engine reference. */
async function start(seed) {
  const { Trainer, adam } = await import(pathToFileURL(library).href);
  const train = async ({ layers, shape, classes }, workers, engine) => {
    const trainer = await Trainer.create(layers, {
      optimizer: adam({ learningRate: 1e-3 }),
      loss: 'sparseCategoricalCrossentropy',
      metrics: ['accuracy'],
      workers,
      shards: 4,
      engine,
      seed: 5,
    });
    try {
      return await lossAfterSteps(trainer, shape, classes);
    } finally {
      await trainer.close();
    }
  };
  const { trainers } = choose(seed);
  const losses = await Promise.all(trainers.map(({ model, workers }) => train(model, workers, 'tensorflow')));
  for (const [i, { model }] of trainers.entries()) {
    const expected = await train(model, 1, 'reference');
    if (Math.abs(losses[i] - expected) < 1e-4) continue;
    throw new Error(`${model.title}: the loss is ${losses[i]}, but that of engine reference ${expected}.`);
  }

  async function lossAfterSteps(trainer, shape, classes) {
    const x = { values: drawn(seed, ROWS * shape.reduce((a, b) => a * b)), shape: [ROWS, ...shape] };
    const y = Int32Array.from({ length: ROWS }, (_, row) => row % classes);
    let logs = {};
    for (let step = 0; step < STEPS; step++) logs = await trainer.trainOnBatch({ x, y });
    return logs.loss;
  }
}

/** What the start of that seed is made of. */
function choose(seed) {
  const [pick, ranks, second, other, otherRanks] = drawn(seed, 5, 0);
  const all = models();
  const at = (share) => all[Math.floor(share * all.length)];
  const workers = (share) => 2 + Math.floor(share * 3);
  const trainers = [{ model: at(pick), workers: workers(ranks) }];
  if (second < 1 / 3) trainers.push({ model: at(other), workers: workers(otherRanks) });
  return { trainers };
}

function describe({ trainers }) {
  return trainers.map(({ model, workers }) => `${model.title}, ${workers} ranks`).join('; ');
}

/** Numbers in [low, 1): those of the generator SplitMix32 from the seed on. */
function drawn(seed, count, low = -1) {
  let state = seed | 0;
  return Float32Array.from({ length: count }, () => {
    state = (state + 0x9e3779b9) | 0;
    let word = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
    return low + (1 - low) * (((word ^ (word >>> 15)) >>> 0) / 2 ** 32);
  });
}

/** Models that call for different operations of libtensorflow. */
function models() {
  const output = { type: 'Dense', units: 3, activation: 'softmax' };
  const model = (title, shape, layers) => ({
    title,
    shape,
    classes: 3,
    layers: [{ ...layers[0], inputShape: shape }, ...layers.slice(1), output],
  });
  return [
    model(
      'dense layers',
      [7],
      [
        { type: 'Dense', units: 9, activation: 'relu' },
        { type: 'Dropout', rate: 0.3 },
      ],
    ),
    model(
      'a convolution',
      [8, 8, 2],
      [
        { type: 'Conv2D', filters: 4, kernelSize: 3, padding: 'same', activation: 'relu' },
        { type: 'MaxPooling2D', poolSize: 2 },
        { type: 'Flatten' },
      ],
    ),
    model(
      'separable convolutions',
      [6, 6, 2],
      [
        { type: 'SeparableConv2D', filters: 3, kernelSize: 3, activation: 'tanh' },
        { type: 'AveragePooling2D', poolSize: 2 },
        { type: 'Flatten' },
      ],
    ),
    model('an LSTM', [5, 4], [{ type: 'LSTM', units: 6 }]),
    model('a GRU', [4, 3], [{ type: 'GRU', units: 5, resetAfter: false }]),
    model(
      'convolutions over time',
      [9, 3],
      [{ type: 'Conv1D', filters: 4, kernelSize: 3, activation: 'elu' }, { type: 'GlobalMaxPooling1D' }],
    ),
    model(
      'layer normalization',
      [4, 6],
      [{ type: 'LayerNormalization' }, { type: 'Dense', units: 5, activation: 'swish' }, { type: 'Flatten' }],
    ),
  ];
}
