import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { data, Trainer } from '../dist/src/index.js';

/**
 * Pictures a second, of this library's loader threads and of PyTorch's DataLoader (with Pillow), in turns on the same files; and how busy
 * ranks are that train a small convolutional network on them.
 *
 *   node scripts/loading.js --python python3 [--pngs 20000] [--jpegs 1000] [--workers 2] [--rounds 5] [--folder DIR]
 */

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    pngs: { type: 'string', default: '20000' },
    jpegs: { type: 'string', default: '1000' },
    workers: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '5' },
    folder: { type: 'string', default: join(tmpdir(), 'lockstep-pictures') },
  },
});
const script = fileURLToPath(new URL('loading/pictures.py', import.meta.url));
const python = (...args) => execFileSync(values.python, [script, ...args], { encoding: 'utf8' });
const [workers, rounds] = [Number(values.workers), Number(values.rounds)];
const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];

/** The second pass over all pictures, as there. */
async function ourRate(folder) {
  const { train } = await data.images(folder, { size: [64, 64], cache: false, loaders: workers });
  const order = Int32Array.from({ length: train.rows }, (_, row) => row);
  let seconds = 0;
  for (let pass = 0; pass < 2; pass++) {
    const began = performance.now();
    for (let at = 0; at < train.rows; at += 64) await train.read(order.slice(at, at + 64), pass);
    seconds = (performance.now() - began) / 1000;
  }
  await train.close();
  return train.rows / seconds;
}

for (const [kind, count] of [
  ['png', values.pngs],
  ['jpeg', values.jpegs],
]) {
  const folder = join(values.folder, `${kind}-${count}`);
  if (!existsSync(folder)) python('make', folder, kind, count);
  const [ours, theirs] = [[], []];
  for (let round = 0; round < rounds; round++) {
    ours.push(await ourRate(folder));
    theirs.push(Number(python('read', folder, String(workers))));
  }
  const ratio = median(ours.map((rate, i) => rate / theirs[i]));
  console.log(
    `${kind}: ${median(ours).toFixed(0)} a second, DataLoader ${median(theirs).toFixed(0)}, ratio ${ratio.toFixed(2)}`,
  );
}

const layers = [
  { type: 'Conv2D', filters: 16, kernelSize: 3, activation: 'relu', inputShape: [64, 64, 3] },
  { type: 'MaxPooling2D', poolSize: 2 },
  { type: 'Conv2D', filters: 32, kernelSize: 3, activation: 'relu' },
  { type: 'MaxPooling2D', poolSize: 2 },
  { type: 'Flatten' },
  { type: 'Dense', units: 2, activation: 'softmax' },
];
const folder = join(values.folder, `png-${values.pngs}`);
const augment = { flip: 'horizontal', translation: 0.1 };
for (const [what, options] of [
  ['kept in memory', {}],
  ['decoded in every epoch', { cache: false }],
  ['kept and augmented', { augment }],
]) {
  const trainer = await Trainer.create(layers, {
    ...{ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', workers, profile: true },
  });
  const { train } = await data.images(folder, { size: [64, 64], ...options });
  const fit = { epochs: 1, batchSize: 64 };
  await trainer.fit(train, fit);
  const before = busySeconds(trainer);
  const began = performance.now();
  await trainer.fit(train, fit);
  const seconds = (performance.now() - began) / 1000;
  const busy = (busySeconds(trainer) - before) / workers / seconds;
  console.log(`${what}: ranks are busy ${(100 * busy).toFixed(0)} % of ${seconds.toFixed(1)} s`);
  await trainer.close();
}

/** Seconds of all ranks in phases in which they do not wait. */
function busySeconds(trainer) {
  const waits = ['idle', 'attach', 'wait'];
  const times = trainer.phaseTimes().flatMap((phases) => Object.entries(phases));
  return times.filter(([phase]) => !waits.includes(phase)).reduce((sum, [, time]) => sum + time, 0) / 1000;
}
