/**
 * What it costs at the start that `lockstep train` watches over a process of its own: a short run with and without that,
 * one after the other so that both see the same machine, beside the start of an empty Node.
 *
 *   node scripts/startup.js [--pairs 15]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, 'dist', 'src', 'cli', 'main.js');
const { values } = parseArgs({ options: { pairs: { type: 'string', default: '15' } } });
const pairs = Number(values.pairs);
if (!Number.isSafeInteger(pairs) || pairs < 1) {
  console.error(`--pairs is ${values.pairs}; give a whole number of at least 1.`);
  process.exit(2);
}
if (!existsSync(program)) {
  console.error('Lockstep is not compiled; run `npm ci` or `npm run compile` first.');
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'lockstep-startup-'));
const train = [program, 'train', join(root, 'examples', 'breast-cancer.yaml'), '--epochs', '1', '--json'];
const commands = {
  watched: train,
  'by itself': [...train, '--max-restarts', '0'],
  'empty Node': ['--eval', '0'],
};
const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
try {
  for (let pair = 0; pair < pairs; pair++) {
    const names = Object.keys(commands);
    for (const name of pair % 2 === 0 ? names : names.reverse()) times[name].push(timeOf(commands[name]));
  }
} finally {
  rmSync(folder, { recursive: true });
}
for (const [name, all] of Object.entries(times)) console.log(`${name.padEnd(12)} ${shown(all)}`);
console.log(`${'difference'.padEnd(12)} ${shown(times.watched.map((time, i) => time - times['by itself'][i]))}`);

/** Milliseconds that a command takes; each run gets a directory of its own by its number. */
function timeOf(args) {
  const began = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder });
  if (status !== 0) throw new Error(`It ended with ${status}: ${stderr}`);
  return performance.now() - began;
}

/** The median, and the middle half. */
function shown(all) {
  const sorted = all.toSorted((a, b) => a - b);
  const [low, median, high] = [0.25, 0.5, 0.75].map((share) => sorted[Math.floor(share * sorted.length)].toFixed(0));
  return `${median} ms (${low} to ${high})`;
}
