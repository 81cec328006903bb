/**
 * Trains small steps for a long time, with all that may leak around them, and says whether anything grows.
 *
 *   npm run soak -- --minutes 30 --seed 1
 *
 * One trainer lives from beginning to end: it fits, evaluates, predicts, writes checkpoints and changes its number of
 * ranks. Beside it others are created, resumed from those checkpoints, and closed. After each turn, garbage collected,
 * the process is measured. A turn has each number of ranks with each kind of other trainer once, so that the measurements
 * are of the same state: a rank more is 9 MB more. The verdict is on the second half: the slope of memory after Theil and
 * Sen (the median of the slopes between all pairs of samples, which a few odd ones cannot move), and threads, open files
 * and handles that are no more than before. Ends with 1 where something grows.
 *
 * - heap: what is used of it, but compiled code: V8 goes on compiling for hours what is called now and then.
 * - native: resident memory without the pages of that heap, which V8 keeps or gives back as it likes. It is judged from the
 *   tenth minute on, in runs of 30 minutes or so: each thread's allocations come from one of the C library's arenas, which
 *   keep the most that they ever needed, and threads and arenas meet at random, so their sum rises for some minutes although
 *   what is in use of it does not.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { getHeapCodeStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const library = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist', 'src', 'index.js');
const ROWS = 1024;
const INPUTS = 16;
/** Bytes a minute that memory may grow by; what is kept of a single step would show as a thousand times as much. */
const GROWTH = { native: 262_144, heap: 65_536, external: 65_536 };
/** Minutes after which the arenas of the C library have settled. */
const SETTLED = 10;
/** The number of ranks has a period of 3 cycles, the kind of the other trainer one of 2. */
const TURN = 6;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '30' }, seed: { type: 'string', default: '1' } },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isSafeInteger(seed)) {
  console.error(`--minutes is ${values.minutes} and --seed ${values.seed}; give minutes above 0 and a whole seed.`);
  process.exit(2);
}
if (!existsSync(library)) {
  console.error('Lockstep is not compiled; run `npm ci` or `npm run compile` first.');
  process.exit(2);
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const { Trainer, adam } = await import(pathToFileURL(library).href);
const folder = mkdtempSync(join(tmpdir(), 'lockstep-soak-'));
try {
  process.exitCode = judge(await soak(minutes * 60_000));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function soak(milliseconds) {
  const data = madeData();
  const checkpoint = join(folder, 'soak.ckpt');
  const trainer = await create(2);
  const samples = [];
  const began = performance.now();
  let printed = 0;
  console.log(' minutes      steps   rss MB  native MB  heap MB  external MB  threads  files  handles');
  while (performance.now() - began < milliseconds) {
    for (let cycle = 0; cycle < TURN; cycle++) await runCycle(trainer, data, checkpoint, cycle);
    samples.push(await measure((performance.now() - began) / 60_000));
    if (performance.now() - printed > 30_000) {
      printed = performance.now();
      console.log(line(samples.at(-1), trainer.step));
    }
  }
  console.log(line(samples.at(-1), trainer.step));
  await trainer.close();
  return samples;
}

/** Everything once. */
async function runCycle(trainer, data, checkpoint, cycle) {
  const fit = { epochs: 2, batchSize: 32 };
  await trainer.resize(1 + (cycle % 3));
  await trainer.fit(data, fit);
  await trainer.evaluate(data);
  await trainer.predict({ x: data.x });
  await trainer.trainOnBatch({ x: data.x.subarray(0, 8 * INPUTS), y: data.y.subarray(0, 8) });
  await trainer.checkpoint(checkpoint);
  const other = cycle % 2 === 0 ? await create(1) : await Trainer.resume(checkpoint, { workers: 2 });
  await other.fit(data, fit);
  await other.close();
}

function create(workers) {
  const layers = [
    { type: 'Dense', units: 32, activation: 'relu', inputShape: [INPUTS] },
    { type: 'Dropout', rate: 0.1 },
    { type: 'Dense', units: 4, activation: 'softmax' },
  ];
  const optimizer = adam({ learningRate: 1e-3 });
  const loss = 'sparseCategoricalCrossentropy';
  return Trainer.create(layers, { optimizer, loss, metrics: ['accuracy'], workers, seed });
}

function madeData() {
  const x = Float32Array.from({ length: ROWS * INPUTS }, (_, i) => Math.sin(seed + i * 0.37));
  const y = Int32Array.from(
    { length: ROWS },
    (_, row) => (x[row * INPUTS] > 0 ? 1 : 0) + (x[row * INPUTS + 1] > 0 ? 2 : 0),
  );
  return { x, y };
}

async function measure(minute) {
  // Threads and ports that were closed just now take a moment to go.
  await new Promise((resolve) => setTimeout(resolve, 50));
  collect();
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  const code = getHeapCodeStatistics();
  const heap = heapUsed - code.code_and_metadata_size - code.bytecode_and_metadata_size;
  const handles = process.getActiveResourcesInfo().length;
  return {
    minute,
    rss,
    native: rss - heapTotal,
    heap,
    external,
    threads: entries('task'),
    files: entries('fd'),
    handles,
  };
}

/** Threads or open files of the process; null where the system has no such folder. */
function entries(name) {
  return existsSync('/proc/self') ? readdirSync(`/proc/self/${name}`).length : null;
}

function line({ minute, rss, native, heap, external, threads, files, handles }, steps) {
  const megabytes = (bytes, width) => (bytes / 1e6).toFixed(1).padStart(width);
  const count = (value, width) => String(value ?? '–').padStart(width);
  return `${minute.toFixed(1).padStart(8)} ${count(steps, 10)} ${megabytes(rss, 8)} ${megabytes(native, 10)} ${megabytes(heap, 8)} ${megabytes(external, 12)} ${count(threads, 8)} ${count(files, 6)} ${count(handles, 8)}`;
}

function judge(samples) {
  const half = samples.slice(Math.floor(samples.length / 2));
  const verdicts = [];
  for (const [name, limit] of Object.entries(GROWTH)) {
    const slope = theilSen(half.map(({ minute, [name]: bytes }) => [minute, bytes]));
    const growth = `${name} grows by ${(slope / 1e3).toFixed(1)} kB a minute`;
    const isEarly = name === 'native' && half[0].minute < SETTLED;
    if (isEarly) console.log(`      ${growth}, which is not judged: give --minutes ${3 * SETTLED} or more`);
    else verdicts.push([slope <= limit, `${growth} (limit ${(limit / 1e3).toFixed(0)})`]);
  }
  for (const name of ['threads', 'files', 'handles']) {
    const [before, after] = [samples.slice(0, -half.length), half].map((part) => most(part, name));
    verdicts.push([after <= before, `${name}: at most ${before} in the first half, ${after} in the second`]);
  }
  for (const [isGood, sentence] of verdicts) console.log(`${isGood ? 'flat ' : 'GROWS'} ${sentence}`);
  return verdicts.every(([isGood]) => isGood) ? 0 : 1;
}

function most(samples, name) {
  return Math.max(...samples.map(({ [name]: value }) => value ?? 0));
}

/** The median slope of all pairs of points: Theil (1950), Sen (1968). At most 400 points are looked at. */
function theilSen(points) {
  const every = Math.ceil(points.length / 400);
  const chosen = points.filter((_, i) => i % every === 0);
  const slopes = [];
  for (let i = 0; i < chosen.length; i++)
    for (let j = i + 1; j < chosen.length; j++)
      slopes.push((chosen[j][1] - chosen[i][1]) / (chosen[j][0] - chosen[i][0]));
  return slopes.sort((a, b) => a - b)[Math.floor(slopes.length / 2)] ?? 0;
}
