/**
 * Runs the configs of examples/ and the model with a layer of one's own on each engine, and prints how long they take and
 * how well they do, as a table in Markdown.
 *
 *   npm run examples -- --engines tensorflow,tfjs --epochs 2
 *
 * `--epochs` is the most for every example; without it each has its own number. Ends with 1 where one of them fails.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cli = join(root, 'dist', 'src', 'cli', 'main.js');
const configs = readdirSync(join(root, 'examples')).filter((file) => file.endsWith('.yaml'));
const programs = ['custom-layer.ts'];

const { values } = parseArgs({
  options: {
    engines: { type: 'string', default: 'tensorflow,tfjs' },
    examples: { type: 'string', default: [...configs, ...programs].join(',') },
    epochs: { type: 'string' },
  },
});

if (!existsSync(cli)) {
  console.error('Lockstep is not compiled; run `npm ci` or `npm run compile` first.');
  process.exit(2);
}
const folder = mkdtempSync(join(tmpdir(), 'lockstep-examples-'));
try {
  console.log('| example | engine | epochs | seconds | result |');
  console.log('| --- | --- | --- | --- | --- |');
  for (const example of values.examples.split(',')) {
    for (const engine of values.engines.split(',')) {
      const { epochs, seconds, result } = programs.includes(example)
        ? program(example, engine)
        : train(example, engine);
      console.log(`| ${example} | ${engine} | ${epochs} | ${seconds.toFixed(1)} | ${result} |`);
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}

/** The seconds are those of training alone, as `train --json` tells them. */
function train(example, engine) {
  const out = join(folder, `${example}-${engine}`);
  const args = ['train', join('examples', example), '--engine', engine, '--out', out, '--json', ...epochOption()];
  const { stdout, problem } = run([cli, ...args]);
  if (problem !== null) return { epochs: '–', seconds: 0, result: problem };
  const { epochs, seconds, loss, metrics } = JSON.parse(stdout.trim().split('\n').at(-1));
  const { val_accuracy: accuracy } = metrics;
  return {
    epochs,
    seconds,
    result: accuracy === undefined ? `loss ${loss.toFixed(4)}` : `accuracy ${accuracy.toFixed(4)}`,
  };
}

/** A program has no summary: its time is that of the process, its result a line of its output. */
function program(example, engine) {
  const began = performance.now();
  const { stdout, problem } = run(['--import', 'tsx', join('examples', example), '--engine', engine, ...epochOption()]);
  const seconds = (performance.now() - began) / 1000;
  const result = problem ?? stdout.split('\n').find((line) => line.startsWith('loss'));
  return { epochs: values.epochs ?? '30', seconds, result };
}

function epochOption() {
  return values.epochs === undefined ? [] : ['--epochs', values.epochs];
}

function run(args) {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status === 0) return { stdout, problem: null };
  process.exitCode = 1;
  return { stdout, problem: stderr.trim().split('\n').at(-1) || `ended with ${signal ?? status}` };
}
