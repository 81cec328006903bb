/**
 * Runs each training of examples/tfjs twice, as TensorFlow.js trains it and with Lockstep in its place, from equal weights:
 * prints how far the trained weights are apart, the lines that differ, and how many times as long TensorFlow.js takes.
 *
 *   node scripts/compare-tfjs.js [--examples cnn,text] [--rounds 3] [--node] [--json]
 *
 * EPOCHS=60 in the environment makes cnn, forecast and vae longer, so that starting counts less; weights are then farther apart.
 * With `--node` TensorFlow.js computes with libtensorflow (`npm run setup:tensorflow`), else in plain JavaScript.
 * Ends with 1 where one fails, weights are farther apart than 1e-4, or more than two lines differ. The two take turns; times
 * are medians of whole programs, once TensorFlow.js is loaded.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const compiled = join(root, 'dist/examples/tfjs');
/** What the trainings share. */
const parts = ['tf.ts', 'digits.ts', 'cartPole.ts'];
const FARTHEST = 1e-4;

const RUNNER = `
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
let state = 1;
// A linear congruential generator: initial weights are drawn by it.
Math.random = () => (state = (state * 48271) % 2147483647) / 2147483647;
const core = await import('@tensorflow/tfjs-core');
await import('@tensorflow/tfjs-layers');
await import('@tensorflow/tfjs-backend-cpu');
await import('lockstep');
// Both copies of TensorFlow.js have one engine in a process, and so one backend.
if (process.argv[3] !== '') {
  createRequire(import.meta.url)(process.argv[3]);
  await core.setBackend('tensorflow');
}
state = 1;
const begun = performance.now();
const { trained } = await import(process.argv[1]);
const seconds = (performance.now() - begun) / 1000;
const weights = trained.flatMap((model) => model.getWeights().flatMap((tensor) => [...tensor.dataSync()]));
writeFileSync(process.argv[2], JSON.stringify({ seconds, weights }));
process.exit(0);
`;

const { values: options } = parseArgs({
  options: {
    examples: { type: 'string' },
    rounds: { type: 'string', default: '1' },
    node: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
if (!existsSync(compiled)) {
  console.error('Lockstep is not compiled; run `npm ci` or `npm run compile` first.');
  process.exit(2);
}
const all = readdirSync(join(root, 'examples/tfjs')).filter((file) => file.endsWith('.ts') && !parts.includes(file));
const names = options.examples?.split(',') ?? all.map((file) => file.slice(0, -3));

/** The module of TensorFlow.js on libtensorflow. */
const binding = options.node ? await findBinding() : '';
const plain = join(compiled, 'plain');
mkdirSync(plain, { recursive: true });
let failed = false;
const rows = [];
try {
  if (!options.json) {
    console.log('| training | lines changed | weights apart | TensorFlow.js (s) | Lockstep (s) | times as fast |');
    console.log('| --- | --- | --- | --- | --- | --- |');
  }
  for (const name of names) {
    const row = compare(name);
    rows.push(row);
    failed ||= row.problem !== undefined || row.apart > FARTHEST || row.lines > 2;
    if (!options.json) console.log(`| ${name} | ${row.problem ?? cells(row)} |`);
  }
  if (options.json) console.log(JSON.stringify(rows));
} finally {
  rmSync(plain, { recursive: true });
}
process.exitCode = failed ? 1 : 0;

async function findBinding() {
  const { findTensorflow } = await import(join(root, 'dist/src/shared/tfjs/places.js'));
  const { path, reason } = findTensorflow();
  if (path !== null) return path;
  console.error(`${reason}; run \`npm run setup:tensorflow\`.`);
  return process.exit(2);
}

function cells({ lines, apart, theirs, ours }) {
  return [lines, apart.toExponential(1), theirs.toFixed(1), ours.toFixed(1), (theirs / ours).toFixed(1)].join(' | ');
}

function compare(name) {
  const source = readFileSync(join(root, 'examples/tfjs', `${name}.ts`), 'utf8');
  const code = readFileSync(join(compiled, `${name}.js`), 'utf8');
  writeFileSync(join(plain, `${name}.js`), withoutLockstep(code).replaceAll("from './", "from '../"));
  const runs = { theirs: [], ours: [] };
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [side, file] of [
      ['theirs', join(plain, `${name}.js`)],
      ['ours', join(compiled, `${name}.js`)],
    ]) {
      const run = train(file, side === 'theirs' ? binding : '');
      if (run.problem !== undefined) return { name, problem: `${side}: ${run.problem}` };
      runs[side].push(run);
    }
  }
  const median = (side) => runs[side].map(({ seconds }) => seconds).sort((a, b) => a - b)[runs[side].length >> 1];
  const lines = source.split('\n').filter((line, i) => line !== withoutLockstep(source).split('\n')[i]).length;
  const apart = distance(runs.theirs[0].weights, runs.ours[0].weights);
  return { name, lines, apart, theirs: median('theirs'), ours: median('ours') };
}

/** The program as it was before: a line imports nothing, another one wraps nothing. */
function withoutLockstep(text) {
  return text
    .replace(/^import \{ parallel \} from 'lockstep';$/m, '')
    .replaceAll(/\bparallel\(([\w.]+)(?:, [^()]*)?\)/g, '$1');
}

/** The largest difference of two weights, relative where they are larger than 1. */
function distance(theirs, ours) {
  if (theirs.length !== ours.length) return Number.POSITIVE_INFINITY;
  return Math.max(...theirs.map((value, i) => Math.abs(value - ours[i]) / Math.max(1, Math.abs(value))));
}

/** One program in a process of its own, in which random draws of TensorFlow.js are the same each time. */
function train(file, backend) {
  const result = join(plain, 'result.json');
  const args = ['--input-type=module', '--eval', RUNNER, file, result, backend];
  const { stderr, status } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0)
    return {
      problem:
        stderr
          .trim()
          .split('\n')
          .find((line) => /Error/.test(line)) ?? `exit code ${status}`,
    };
  return JSON.parse(readFileSync(result, 'utf8'));
}
