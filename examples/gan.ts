/**
 * A generative adversarial network learns to write 8×8 digits: a discriminator learns to tell real images from generated
 * ones, a generator learns to be taken for real. Three trainers share ranks and layers, so each layer has one set of
 * weights, whoever trains it.
 *
 *   npx tsx examples/gan.ts [folder] [epochs]
 *
 * Writes epoch-NNN.png with 100 generated digits after each epoch. At the end a classifier that has learned from the real
 * digits looks at 500 generated ones: after 60 epochs it is sure of about half of them, and finds all ten digits.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { adam, data, type LayerConfig, Trainer } from 'lockstep';
import { contactSheet, writePng } from './png.js';

const [folder = 'runs/gan', epochs = '60'] = process.argv.slice(2);
const LATENT = 32;
const PIXELS = 64;
const BATCH = 60;
const SEED = 7;

const generatorLayers: LayerConfig[] = [
  { type: 'Dense', name: 'g1', units: 128, activation: 'relu', inputShape: [LATENT] },
  { type: 'BatchNormalization', name: 'g1norm', momentum: 0.9 },
  { type: 'Dense', name: 'g2', units: 256, activation: 'relu' },
  { type: 'BatchNormalization', name: 'g2norm', momentum: 0.9 },
  { type: 'Dense', name: 'image', units: PIXELS, activation: 'sigmoid' },
];
const discriminatorLayers: LayerConfig[] = [
  { type: 'Dense', name: 'd1', units: 256, activation: 'elu', inputShape: [PIXELS] },
  { type: 'Dropout', name: 'd1drop', rate: 0.4 },
  { type: 'Dense', name: 'd2', units: 128, activation: 'elu' },
  { type: 'Dropout', name: 'd2drop', rate: 0.4 },
  { type: 'Dense', name: 'real', units: 1, activation: 'sigmoid' },
];

const compile = {
  optimizer: adam({ learningRate: 0.0002, beta1: 0.5, decay: 8e-9 }),
  loss: 'binaryCrossentropy',
} as const;
const discriminator = await Trainer.create(discriminatorLayers, { ...compile, metrics: ['accuracy'], seed: SEED });
// The generator is trained through a discriminator that is frozen: it is the same one, but this trainer leaves it alone.
const frozen = discriminatorLayers.map((layer) => ({ ...layer, trainable: false }));
const adversary = await Trainer.create([...generatorLayers, ...frozen], {
  ...compile,
  seed: SEED,
  shareWith: discriminator,
});
const generator = await Trainer.create(generatorLayers, { ...compile, seed: SEED, shareWith: adversary });

const digits = await readDigits();
await mkdir(folder, { recursive: true });
const steps = Math.floor(digits.rows / BATCH);
let draws = SEED;

for (let epoch = 1; epoch <= Number(epochs); epoch++) {
  const order = shuffled(digits.rows);
  let [judged, fooled] = [0, 0];
  for (let step = 0; step < steps; step++) {
    const real = rowsAt(digits.x, order.slice(step * BATCH, (step + 1) * BATCH));
    const { values: fake } = await generator.predictOnBatch(noise(BATCH));
    const x = new Float32Array(2 * BATCH * PIXELS);
    x.set(real);
    x.set(fake, real.length);
    const y = Float32Array.from({ length: 2 * BATCH }, (_, row) => (row < BATCH ? 0.9 : 0)); // one-sided smoothing
    judged += (await discriminator.trainOnBatch({ x, y })).loss / steps;
    fooled += (await adversary.trainOnBatch({ x: noise(BATCH), y: new Float32Array(BATCH).fill(1) })).loss / steps;
  }
  if (epoch % 10 === 0)
    console.log(`epoch ${epoch}: discriminator loss ${judged.toFixed(3)}, generator loss ${fooled.toFixed(3)}`);
  const { values } = await generator.predictOnBatch(noise(100));
  await writePng(join(folder, `epoch-${String(epoch).padStart(3, '0')}.png`), contactSheet(values, 8, 10, 4));
}

await report();
await Promise.all([generator, adversary, discriminator].map((trainer) => trainer.close()));

/** What a classifier of real digits makes of generated ones. */
async function report(): Promise<void> {
  await using classifier = await Trainer.create(
    [
      { type: 'Dense', units: 64, activation: 'relu', inputShape: [PIXELS] },
      { type: 'Dense', units: 32, activation: 'relu' },
      { type: 'Dense', units: 10, activation: 'softmax' },
    ],
    { optimizer: adam({ learningRate: 0.002 }), loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'], seed: 1 },
  );
  const { x, y } = digits;
  const { history } = await classifier.fit({ x, y }, { epochs: 20, validationSplit: 0.2 });
  const { values: fakes } = await generator.predict({ x: noise(500) });
  const { values: opinions } = await classifier.predict({ x: fakes });
  const best = Array.from({ length: 500 }, (_, row) => opinions.subarray(row * 10, row * 10 + 10)).map((classes) => {
    const sure = Math.max(...classes);
    return { sure, digit: classes.indexOf(sure) };
  });
  const sure = best.filter((opinion) => opinion.sure > 0.9);
  const counts = Array.from({ length: 10 }, (_, digit) => sure.filter((opinion) => opinion.digit === digit).length);
  console.log(`classifier: ${history.val_accuracy.at(-1)?.toFixed(3)} of real digits right`);
  console.log(
    `generated digits it is sure of (above 0.9): ${((100 * sure.length) / 500).toFixed(0)} %; by digit: ${counts.join(' ')}`,
  );
  console.log(
    `fingerprint of the generator ${generator.fingerprint().slice(0, 16)}, the same for any number of workers`,
  );
}

async function readDigits(): Promise<{ rows: number; x: Float32Array; y: Int32Array }> {
  const path = new URL('data/digits.csv.gz', import.meta.url).pathname;
  const { rows, x, y } = await data.csv(path, { header: false, label: 'last', target: 'classes', classCount: 10 });
  return { rows, x: x.values.map((grey) => grey / 16), y: y?.values as Int32Array };
}

function noise(rows: number): Float32Array {
  const tensor = tf.randomNormal([rows, LATENT], 0, 1, 'float32', draws++);
  const values = Float32Array.from(tensor.dataSync());
  tensor.dispose();
  return values;
}

/** Row numbers in an order drawn from the seed. */
function shuffled(rows: number): number[] {
  const keys = tf.randomUniform([rows], 0, 1, 'float32', draws++);
  const values = keys.dataSync();
  keys.dispose();
  return Array.from({ length: rows }, (_, row) => row).sort((a, b) => values[a] - values[b]);
}

function rowsAt(values: Float32Array, rows: readonly number[]): Float32Array {
  const taken = new Float32Array(rows.length * PIXELS);
  rows.forEach((row, i) => {
    taken.set(values.subarray(row * PIXELS, (row + 1) * PIXELS), i * PIXELS);
  });
  return taken;
}
