import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { requireOutput } from '../../src/run/outputFile.js';
import { train } from '../../src/run/train.js';
import { openTrained } from '../../src/run/trained.js';
import { type Ended, startLimited, startLockstep } from '../helpers/processes.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

let place: Awaited<ReturnType<typeof makeRunFolder>>;
const at = (path: string): string => join(place.folder, path);
before(async () => {
  place = await makeRunFolder();
  const config = pointsConfig(place.csv, { fit: { epochs: 1, batchSize: 20 } });
  await train({ ...config, run: { ...config.run, workers: 1, out: at('run') } });
});
after(() => place.remove());

const predict = (...args: string[]): Promise<Ended> =>
  startLockstep(place.folder, 'predict', 'run', '--data', 'points.csv', ...args).ended;
const linesIn = (text: string): number => text.trim().split('\n').length;
const isWindows = process.platform === 'win32';
const skip = isWindows && 'Windows has other devices and links';

test('--out - and --out /dev/stdout print the predictions and nothing else', { skip }, async () => {
  const [{ code, stdout }, named] = await Promise.all([predict('--out', '-'), predict('--out', '/dev/stdout')]);
  assert.equal(code, 0);
  assert.equal(named.stdout, stdout);
  assert.match(stdout, /^below,class\n[\d.e-]+,(above|below)\n/);
  assert.equal(linesIn(stdout), 41);
});

test('--out - and --json do not both print', async () => {
  const { code, stderr } = await predict('--out', '-', '--json');
  assert.equal(code, 2);
  assert.match(stderr, /--out - and --json both print/);
});

test('--keep and --out of arrays are refused in one sentence, and nothing is written', async () => {
  for (const out of ['kept.npy', 'kept.npz']) {
    const { code, stderr } = await predict('--out', out, '--keep', 'x');
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^lockstep: --keep writes columns into a table, but --out kept\.np[yz] takes arrays; [^\n]+\n$/,
    );
    assert.ok(!existsSync(at(out)));
  }
});

test('--out a device or a pipe writes to it', { skip }, async () => {
  assert.equal((await predict('--out', '/dev/null')).code, 0);
  assert.ok(statSync('/dev/null').isCharacterDevice());
  execFileSync('mkfifo', [at('pipe')]);
  const [read, { code }] = await Promise.all([readFile(at('pipe'), 'utf8'), predict('--out', 'pipe')]);
  assert.equal(code, 0);
  assert.equal(linesIn(read), 41);
});

test('--out a disk that is full is refused in one sentence', { skip }, async () => {
  const { code, stderr } = await predict('--out', '/dev/full');
  assert.equal(code, 2);
  assert.match(stderr, /^lockstep: \/dev\/full cannot be written: the disk is full; [^\n]+\n$/);
});

/** How a file that is read may be named as the output. */
const inputs: Readonly<Record<string, () => string>> = {
  'the data': () => 'points.csv',
  'the data by another path': () => at('./run/../points.csv'),
  'a link to the data': () => {
    symlinkSync('points.csv', at('link.csv'));
    return 'link.csv';
  },
  'another name of the data': () => {
    linkSync(at('points.csv'), at('twin.csv'));
    return 'twin.csv';
  },
  'the config of the run': () => 'run/config.json',
  'the scaling of the run': () => 'run/preprocessing.json',
  'the model': () => 'run/model/model.json',
  'the weights of the model': () => 'run/model/weights.bin',
  'a checkpoint of the run': () => 'run/checkpoints/step-00000002.ckpt',
};

test('an output that is read is refused and stays as it was, whatever it is called', { skip }, async () => {
  const { trainer, files } = await openTrained(at('run'), { workers: 1 });
  await trainer.close();
  for (const [what, path] of Object.entries(inputs)) {
    const out = resolve(place.folder, path());
    const told = { code: 'OUT_IS_INPUT', message: /is read and would be lost; give another path\.$/ };
    await assert.rejects(requireOutput(out, [place.csv, ...files]), told, what);
  }
  const before = readFileSync(place.csv);
  const { code, stderr } = await predict('--out', 'link.csv');
  assert.equal(code, 2);
  assert.match(stderr, /^lockstep: link\.csv, which is points\.csv, is read and would be lost; give another path\.\n$/);
  assert.deepEqual(readFileSync(place.csv), before);
});

test('an output that cannot be written is refused before anything is computed', { skip }, async () => {
  mkdirSync(at('folder'));
  for (const out of ['folder', 'none/new.csv', 'points.csv/new.csv', `${'n'.repeat(300)}`]) {
    await assert.rejects(requireOutput(at(out), []), { code: 'OUT_UNWRITABLE', message: /cannot be written: [a-z]/ });
  }
});

test('a file that is written to by size is left whole when the disk takes no more', { skip }, async () => {
  copyFileSync(at('points.csv'), at('kept.csv'));
  chmodSync(at('kept.csv'), 0o640);
  const started = startLimited('ulimit -f 0', place.folder, [
    'predict',
    'run',
    '--data',
    'points.csv',
    '--out',
    'kept.csv',
  ]);
  const { code, stderr } = await started.ended;
  assert.equal(code, 2, stderr);
  assert.equal(readFileSync(at('kept.csv'), 'utf8'), readFileSync(at('points.csv'), 'utf8'));
  assert.equal(statSync(at('kept.csv')).mode & 0o777, 0o640);
});

test('what a killed predict left is gone after the next one', { skip }, async () => {
  // Killed in the moment in which it is about to give the new file its name.
  writeFileSync(
    at('kill.mjs'),
    "import fs from 'node:fs/promises'; import { syncBuiltinESMExports } from 'node:module'; fs.rename = async () => process.kill(process.pid, 'SIGKILL'); syncBuiltinESMExports();",
  );
  const before = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `--import=${at('kill.mjs')}`;
  const killed = predict('--out', 'out.csv');
  process.env.NODE_OPTIONS = before ?? '';
  assert.equal((await killed).signal, 'SIGKILL');
  const leftovers = (): string[] =>
    execFileSync('ls', ['-A', place.folder], { encoding: 'utf8' })
      .split('\n')
      .filter((name) => name.endsWith('.tmp'));
  assert.equal(leftovers().length, 1);
  assert.ok(!existsSync(at('out.csv')));
  assert.equal((await predict('--out', 'out.csv')).code, 0);
  assert.deepEqual(leftovers(), []);
  assert.equal(linesIn(readFileSync(at('out.csv'), 'utf8')), 41);
});
