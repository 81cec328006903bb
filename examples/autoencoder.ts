/**
 * An autoencoder learns to keep a handwritten digit of 64 pixels in 12 numbers: convolutions take the image apart,
 * transposed convolutions put it together again.
 *
 *   npx tsx examples/autoencoder.ts [folder] [epochs]
 *
 * Prints the reconstruction error after each epoch (root mean square, of the range from black to white), and writes digits.png:
 * digits it has not seen, each line above what it makes of them. After 60 epochs their error is about 0.095, where the mean digit
 * in place of each would have 0.27.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { adam, callbacks, data, type LayerConfig, Trainer } from 'lockstep';
import { contactSheet, writePng } from './png.js';

const [folder = 'runs/autoencoder', epochs = '60'] = process.argv.slice(2);
const SIDE = 8;
const PIXELS = SIDE * SIDE;
const CODE = 12;

const encoder: LayerConfig[] = [
  {
    ...{ type: 'Conv2D', filters: 16, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' },
    inputShape: [SIDE, SIDE, 1],
  },
  { type: 'Conv2D', filters: 32, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' },
  { type: 'Flatten' },
  { type: 'Dense', name: 'code', units: CODE },
];
const decoder: LayerConfig[] = [
  { type: 'Dense', units: 2 * 2 * 32, activation: 'relu' },
  { type: 'Reshape', targetShape: [2, 2, 32] },
  { type: 'Conv2DTranspose', filters: 16, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' },
  { type: 'Conv2DTranspose', filters: 1, kernelSize: 3, strides: 2, padding: 'same', activation: 'sigmoid' },
];

const trainer = await Trainer.create([...encoder, ...decoder], {
  optimizer: adam({ learningRate: 0.003 }),
  loss: 'meanSquaredError',
  metrics: ['rootMeanSquaredError'],
  seed: 1,
});

const path = new URL('data/digits.csv.gz', import.meta.url).pathname;
const digits = await data.csv(path, { header: false, label: 'last' });
const images = digits.x.values.map((grey) => grey / 16);
const train = chosen((row) => row % 5 > 0);
const unseen = chosen((row) => row % 5 === 0);

await trainer.fit(pair(train), {
  epochs: Number(epochs),
  batchSize: 32,
  validationData: pair(unseen),
  callbacks: [callbacks.lambdaCallback({ onEpochEnd: (epoch, logs) => printEpoch(epoch, logs) })],
});

const { values: rebuilt } = await trainer.predict(pair(unseen));
const mean = meanOf(train);
const blank = Math.sqrt(averageOf(unseen.map((grey, i) => (grey - mean[i % PIXELS]) ** 2)));
console.log(`the mean digit in place of each would have an error of ${blank.toFixed(4)}`);
await mkdir(folder, { recursive: true });
await writePng(join(folder, 'digits.png'), contactSheet(paired(unseen, rebuilt, 20, 4), SIDE, 20, 4));
await trainer.close();

function printEpoch(epoch: number, logs: Readonly<Record<string, number>>): void {
  const [seen, unseen] = [logs.rootMeanSquaredError, logs.val_rootMeanSquaredError].map((error) => error.toFixed(4));
  console.log(`epoch ${epoch + 1}: error ${seen}, of unseen digits ${unseen}`);
}

/** The images whose number the choice takes, one behind the other. */
function chosen(choice: (row: number) => boolean): Float32Array {
  return images.filter((_, i) => choice(Math.floor(i / PIXELS)));
}

/** Images are their own targets. */
function pair(values: Float32Array) {
  const x = { values, shape: [values.length / PIXELS, SIDE, SIDE, 1] };
  return { x, y: x };
}

/** Lines of `columns` originals, each above a line of what has become of them. */
function paired(originals: Float32Array, rebuilt: Float32Array, columns: number, rows: number): Float32Array {
  const line = columns * PIXELS;
  const sheet = new Float32Array(2 * rows * line);
  for (let row = 0; row < rows; row++) {
    sheet.set(originals.subarray(row * line, (row + 1) * line), 2 * row * line);
    sheet.set(rebuilt.subarray(row * line, (row + 1) * line), (2 * row + 1) * line);
  }
  return sheet;
}

function meanOf(values: Float32Array): number[] {
  return Array.from({ length: PIXELS }, (_, pixel) => averageOf(values.filter((_, i) => i % PIXELS === pixel)));
}

function averageOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
