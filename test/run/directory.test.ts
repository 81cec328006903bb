import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { RunConfigInput } from '../../src/run/config/schema.js';
import { type TrainOptions, train } from '../../src/run/train.js';
import { startLimited } from '../helpers/processes.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

let place: Awaited<ReturnType<typeof makeRunFolder>>;
const at = (path: string): string => join(place.folder, path);
before(async () => {
  place = await makeRunFolder();
  writeFileSync(at('numbers.csv'), 'a,b,y\n1,2,3\n4,5,6\n');
});
after(() => place.remove());

type Failing = (out: string) => RunConfigInput;
const config = (changes: Partial<RunConfigInput> = {}): RunConfigInput =>
  pointsConfig(place.csv, { fit: { epochs: 2, batchSize: 20 }, ...changes, run: { workers: 1, ...changes.run } });

/** A first loss that is not finite: the run ends before its first step, and nothing was trained. */
const notFinite: Failing = (out) => {
  const kernelInitializer = { class_name: 'Constant', config: { value: 1e30 } };
  const dense = { type: 'Dense', units: 1, kernelInitializer };
  return config({
    data: { csv: at('numbers.csv') },
    model: { layers: [{ ...dense, inputShape: [2] }, dense] },
    compile: { optimizer: { name: 'adam' }, loss: 'meanSquaredError' },
    run: { out },
  });
};

/** Everything below a folder, with the text of files. */
function treeOf(folder: string): Record<string, string> {
  const isFolder = existsSync(folder) && lstatSync(folder).isDirectory();
  const names = isFolder ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];
  const isFile = (name: string): boolean => lstatSync(join(folder, name)).isFile();
  return Object.fromEntries(
    names.sort().map((name) => [name, isFile(name) ? readFileSync(join(folder, name), 'utf8') : '']),
  );
}

interface Stood {
  /** What stands at the path of the run before. */
  readonly prepare: (out: string) => void;
  readonly resume?: TrainOptions['resume'];
  readonly code: string;
  readonly isThere?: boolean;
}

const stood: Readonly<Record<string, Stood>> = {
  'no directory': { prepare: () => {}, code: 'NON_FINITE_LOSS', isThere: false },
  'no directory, with ifBegun': { prepare: () => {}, resume: 'ifBegun', code: 'NON_FINITE_LOSS', isThere: false },
  'an empty directory': { prepare: (out) => mkdirSync(out), code: 'NON_FINITE_LOSS' },
  'an empty directory, with ifBegun': {
    prepare: (out) => mkdirSync(out),
    resume: 'ifBegun',
    code: 'NON_FINITE_LOSS',
  },
  'a link to an empty directory': {
    prepare: (out) => {
      mkdirSync(`${out} target`);
      symlinkSync(`${out} target`, out);
    },
    code: 'NON_FINITE_LOSS',
  },
  'a folder of others': {
    prepare: (out) => {
      mkdirSync(join(out, 'notes'), { recursive: true });
      writeFileSync(join(out, 'notes/thesis.txt'), 'not of Lockstep');
    },
    code: 'RUN_EXISTS',
  },
  'a folder of others, with ifBegun': {
    prepare: (out) => {
      mkdirSync(join(out, 'notes'), { recursive: true });
      writeFileSync(join(out, 'notes/thesis.txt'), 'not of Lockstep');
    },
    resume: 'ifBegun',
    code: 'RUN_EXISTS',
  },
  'a folder with metrics and a log of others, with ifBegun': {
    prepare: (out) => {
      mkdirSync(out);
      for (const name of ['metrics.jsonl', 'log.jsonl', 'preprocessing.json']) writeFileSync(join(out, name), '{}\n');
    },
    resume: 'ifBegun',
    code: 'RUN_EXISTS',
  },
  'a folder with checkpoints of others, with ifBegun': {
    prepare: (out) => {
      mkdirSync(join(out, 'checkpoints'), { recursive: true });
      for (const name of ['best.ckpt', 'step-00000001.ckpt.tmp']) writeFileSync(join(out, 'checkpoints', name), 'x');
    },
    resume: 'ifBegun',
    code: 'RUN_EXISTS',
  },
  'a file': { prepare: (out) => writeFileSync(out, 'not of Lockstep'), code: 'RUN_EXISTS' },
};

for (const [what, { prepare, resume = false, code, isThere = true }] of Object.entries(stood)) {
  test(`a run that ends before its first step leaves what stood there: ${what}`, async () => {
    const out = at(`stood ${what}`);
    prepare(out);
    const before = treeOf(out);
    await assert.rejects(train(notFinite(out), { resume }), { code });
    assert.equal(existsSync(out), isThere);
    if (isThere) assert.deepEqual(treeOf(out), before);
  });
}

test('what others put into the directory of a run stays when the run ends before its first step', async () => {
  const out = at('visited');
  const onDirectory = (): void => {
    setImmediate(() => writeFileSync(join(out, 'notes.txt'), 'not of Lockstep'));
  };
  await assert.rejects(train(notFinite(out), { onDirectory }));
  assert.deepEqual(treeOf(out), { 'notes.txt': 'not of Lockstep' });
});

test('a mount point stays, and is no error', async (context) => {
  if (spawnSync('unshare', ['-rm', 'true']).status !== 0)
    return context.skip('the system lets nothing be mounted here');
  mkdirSync(at('mounted'));
  const script = at('mounted.mjs');
  const product = new URL('../../src/run/train.js', import.meta.url).href;
  writeFileSync(
    script,
    `const { train } = await import(${JSON.stringify(product)});
     await train(${JSON.stringify(notFinite(at('mounted')))}).catch(({ code }) => console.log(code));`,
  );
  const mount = 'mount -t tmpfs none "$1" && "$2" "$3" && ls -A "$1"';
  const args = ['-rm', 'sh', '-c', mount, 'sh', at('mounted'), process.execPath, script];
  const { stdout, stderr } = spawnSync('unshare', args, { encoding: 'utf8' });
  assert.equal(stdout, 'NON_FINITE_LOSS\n', stderr);
});

test('files that killed processes left half written are gone after the next start, those of others stay', async () => {
  const out = at('killed');
  await train(config({ run: { out } }));
  const gone = spawnSync(process.execPath, ['-e', '']).pid;
  const name = (machine: string): string => `.lockstep-${machine}-${gone}-1-00000000.tmp`;
  const left = ['', 'checkpoints', 'model'].flatMap((folder) => [
    join(folder, name('00000000')),
    join(folder, 'status.json.1a2b3c4d.tmp'),
  ]);
  const others = ['notes.tmp', 'checkpoints/mine.tmp', 'model/model.json.bak'];
  for (const path of [...left, ...others, 'checkpoints/step-00000009.ckpt.1a2b3c4d.tmp'])
    writeFileSync(join(out, path), 'half');
  await train(out, { resume: true, overrides: [{ path: 'fit.epochs', value: 3, from: '--epochs' }] });
  const found = Object.keys(treeOf(out)).filter((path) => /\.(tmp|bak)$/.test(path));
  assert.deepEqual(found.sort(), [...others].sort());
});

/** A finished run that cannot be written to in one place. */
const closed: Readonly<Record<string, (run: string) => void>> = {
  'a file in the place of the folder checkpoints': (run) => {
    rmSync(join(run, 'checkpoints'), { recursive: true });
    writeFileSync(join(run, 'checkpoints'), '');
  },
  'a file in the place of the folder model': (run) => {
    rmSync(join(run, 'model'), { recursive: true });
    writeFileSync(join(run, 'model'), '');
  },
  ...Object.fromEntries(
    [
      'log.jsonl',
      'metrics.jsonl',
      'status.json',
      'preprocessing.json',
      'config.json',
      'lockstep.lock',
      'model/model.json',
    ].map((name) => [
      `a folder in the place of ${name}`,
      (run: string) => {
        rmSync(join(run, name), { force: true });
        mkdirSync(join(run, name, 'x'), { recursive: true });
      },
    ]),
  ),
  ...(process.platform === 'win32'
    ? {}
    : Object.fromEntries(
        ['log.jsonl', 'metrics.jsonl', 'status.json', 'lockstep.lock'].map((name) => [
          `a pipe in the place of ${name}`,
          (run: string) => {
            rmSync(join(run, name), { force: true });
            spawnSync('mkfifo', [join(run, name)]);
          },
        ]),
      )),
};

for (const [what, close] of Object.entries(closed)) {
  test(`a run that cannot be written is refused before it trains: ${what}`, async () => {
    const run = at('closed');
    if (!existsSync(run)) await train(config({ run: { out: run } }));
    const out = at(`closed ${what.replace('/', ' ')}`);
    cpSync(run, out, { recursive: true });
    close(out);
    const metrics = join(out, 'metrics.jsonl');
    const before = lstatSync(metrics).isFile() ? readFileSync(metrics, 'utf8') : '';
    const told = (error: Error & { code?: string; blame?: string }): boolean =>
      error.name === 'LockstepError' && error.blame === 'user' && !/[A-Z]{5,}:|\n/.test(error.message);
    const overrides = [{ path: 'fit.epochs', value: 3, from: '--epochs' }];
    await assert.rejects(train(config({ run: { out } }), { resume: true, overrides }), told);
    if (lstatSync(metrics).isFile()) assert.equal(readFileSync(metrics, 'utf8'), before);
  });
}

test('a disk that takes not a single byte ends train with exit code 2, one sentence and no directory', async () => {
  if (process.platform === 'win32') return;
  writeFileSync(at('points.json'), JSON.stringify(config({ run: {} })));
  const { code, stderr } = await startLimited('ulimit -f 0', place.folder, ['train', 'points.json', '--out', 'full'])
    .ended;
  assert.equal(code, 2);
  assert.match(stderr, /^lockstep: The run directory full cannot be written to: [^\n]+\n$/);
  assert.ok(!existsSync(at('full')));
});

test('a directory without permission ends train with exit code 2 and one sentence', async (context) => {
  if (process.getuid?.() !== 0 || spawnSync('setpriv', ['--version']).status !== 0)
    return context.skip('it takes root to be another user');
  const product = dirname(new URL('../../src/index.js', import.meta.url).pathname);
  const within = ['setpriv', '--reuid=64999', '--clear-groups'];
  if (spawnSync(within[0], [...within.slice(1), 'ls', product]).status !== 0)
    return context.skip('another user cannot read the product');
  chmodSync(place.folder, 0o755);
  writeFileSync(at('points.json'), JSON.stringify(config({ run: {} })));
  mkdirSync(at('mine'), { mode: 0o555 });
  const { code, stderr } = await startLimited('true', place.folder, ['train', 'points.json', '--out', 'mine'], {
    within,
  }).ended;
  assert.equal(code, 2, stderr);
  assert.match(stderr, /^lockstep: The run directory mine cannot be written to: permission is denied [^\n]+\n$/);
  assert.deepEqual(readdirSync(at('mine')), []);
});

test('a run whose checkpoints cannot be read does not begin again in silence', async () => {
  const out = at('unreadable');
  await train(config({ run: { out } }));
  rmSync(join(out, 'checkpoints'), { recursive: true });
  symlinkSync('checkpoints', join(out, 'checkpoints'));
  await assert.rejects(train(out, { resume: true }), { code: 'RUN_UNREADABLE' });
});
