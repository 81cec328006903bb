/**
 * Trains on an NPY file that memory need not hold, and on rows in memory, in turns: the time of a step of either, their ratio, and the
 * resident memory.
 *
 *   node scripts/large-arrays.js [--gigabytes 1] [--steps 300] [--units 1024] [--workers 2] [--out FOLDER]
 *
 * The file is written to FOLDER (default: the folder for temporary files) and removed at the end. The rows in memory are the first
 * 256 MB of it: read once before, so that the page cache is warm where it holds the file.
 */
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { encodeNpy } from '../dist/src/coordinator/data/arrays/writeNpy.js';
import { data, Trainer } from '../dist/src/index.js';

const WIDTH = 784;
const TURNS = 7;
/** Bytes before the numbers of an array. */
const HEAD = 128;
const { values } = parseArgs({
  options: {
    gigabytes: { type: 'string', default: '1' },
    steps: { type: 'string', default: '300' },
    units: { type: 'string', default: '1024' },
    workers: { type: 'string', default: '2' },
    out: { type: 'string', default: tmpdir() },
  },
});
const rows = Math.round((Number(values.gigabytes) * 2 ** 30) / (4 * WIDTH));
const [x, y] = ['x', 'y'].map((name) => join(values.out, `large-${process.pid}-${name}.npy`));

/** Writes rows whose pattern tells their class, some thousand at a time behind a head for all. */
function write() {
  const file = openSync(x, 'w');
  const labels = Int32Array.from({ length: rows }, (_, row) => (row * 7919) % 10);
  const head = encodeNpy({ values: new Float32Array(0), shape: [rows, WIDTH] });
  writeSync(file, head);
  const MANY = 4096;
  for (let from = 0; from < rows; from += MANY) {
    const part = new Float32Array(Math.min(MANY, rows - from) * WIDTH);
    for (let i = 0; i < part.length; i++) {
      const row = from + Math.floor(i / WIDTH);
      part[i] = (((i % WIDTH) * (labels[row] + 1) + row) % 17) / 17;
    }
    writeSync(file, part);
  }
  closeSync(file);
  const other = openSync(y, 'w');
  writeSync(other, encodeNpy({ values: labels, shape: [rows] }));
  closeSync(other);
}

/** The first rows of the file, in memory. */
function firstRows(count) {
  const numbers = new Float32Array(count * WIDTH);
  const file = openSync(x, 'r');
  readSync(file, numbers, 0, numbers.byteLength, HEAD);
  closeSync(file);
  return numbers;
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

const layers = [
  { type: 'Dense', units: Number(values.units), activation: 'relu', inputShape: [WIDTH] },
  { type: 'Dense', units: 10, activation: 'softmax' },
];
const options = { optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', workers: Number(values.workers), seed: 1 };

/** Milliseconds of a step: on the clock, and of all processors together, which other programs disturb less. */
async function time(trainer, given, steps) {
  const [began, before] = [performance.now(), process.cpuUsage()];
  await trainer.fit(given, { batchSize: 128, stepsPerEpoch: steps });
  const { user, system } = process.cpuUsage(before);
  return { clock: (performance.now() - began) / steps, processors: (user + system) / 1000 / steps };
}

write();
const trainer = await Trainer.create(layers, options);
try {
  const stored = await data.rows({ x, y });
  const steps = Number(values.steps);
  for (let i = 0; i < 3; i++) await time(trainer, stored, steps);
  const resident = process.memoryUsage().rss / 2 ** 20;
  const { x: inputs } = stored;
  const labels = await data.npy(y);
  const count = Math.min(rows, Math.round(2 ** 28 / (4 * WIDTH)));
  const held = {
    x: { values: firstRows(count), shape: [count, WIDTH] },
    y: labels.values.subarray(0, count),
  };
  await time(trainer, held, 20);
  const times = { stored: [], held: [] };
  for (let turn = 0; turn < TURNS; turn++) {
    times.stored.push(await time(trainer, stored, steps));
    times.held.push(await time(trainer, held, steps));
  }
  console.log(
    `${inputs.shape.join(' × ')}, ${values.gigabytes} GiB; ${values.workers} workers, ${values.units} units; resident before rows were held ${resident.toFixed(0)} MiB`,
  );
  for (const of of ['clock', 'processors']) {
    const [stored, held] = [times.stored, times.held].map((all) => all.map((one) => one[of]));
    const ratio = median(stored.map((ms, turn) => ms / held[turn]));
    console.log(
      `${of}: a step from the file ${median(stored).toFixed(3)} ms, from memory ${median(held).toFixed(3)} ms, ratio ${ratio.toFixed(3)} (medians of ${TURNS} turns)`,
    );
  }
} finally {
  await trainer.close();
  for (const path of [x, y]) rmSync(path, { force: true });
}
