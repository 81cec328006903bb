import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { snakeModule } from '../../examples/layers/snake.js';
import { Trainer } from '../../src/index.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

/** The built program, as a user's shell runs it. */
const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

let runs: Awaited<ReturnType<typeof makeRunFolder>>;
before(async () => {
  runs = await makeRunFolder();
  await writeConfig('points.json', pointsConfig('points.csv'));
});
after(() => runs.remove());

async function writeConfig(name: string, config: object): Promise<void> {
  await writeFile(join(runs.folder, name), JSON.stringify(config));
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(...args: string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: runs.folder,
    env: { ...process.env, npm_command: '' },
  });
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) child[name]?.on('data', (text) => (output[name] += text));
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, ...output })));
  return { child, ended };
}

const lockstep = (...args: string[]): Promise<Ended> => start(...args).ended;

describe('A mistake of the user ends with 2 and one sentence on stderr', () => {
  const table: [string, string[], RegExp][] = [
    ['an unknown command', ['trian'], /unknown command 'trian'; did you mean train\?/],
    [
      'an unknown option',
      ['train', 'points.json', '--worker', '2'],
      /unknown option '--worker'; did you mean --workers\?/,
    ],
    ['a missing argument', ['train'], /missing required argument 'config'; see lockstep train --help/],
    [
      'a missing option',
      ['predict', 'runs/points'],
      /required option '--data <file>' not specified; see lockstep predict --help/,
    ],
    ['a missing config', ['train', 'nowhere.yaml'], /nowhere\.yaml cannot be read: there is no such file/],
    [
      'an unknown key',
      ['train', 'points.json', '--set', 'fit.epoch=3'],
      /unknown key fit\.epoch; did you mean fit\.epochs\?/,
    ],
    [
      'a wrong value',
      ['train', 'points.json', '--workers', 'x'],
      /--workers: run\.workers is "x"; give auto or a whole number/,
    ],
    ['missing data', ['train', 'points.json', '--set', 'data.csv=nowhere.csv'], /nowhere\.csv cannot be read/],
    [
      'an unsupported layer',
      ['train', 'points.json', '--set', 'model.layers.0.type=Dens'],
      /which does not lower to kernels; did you mean Dense\?/,
    ],
    [
      'a file that is no model',
      ['evaluate', 'points.json', '--data', 'points.csv'],
      /points\.json lacks|points\.json does not lie in a run/,
    ],
    ['nothing to resume', ['train', 'points.json', '--resume'], /There is no run of points/],
    ['no such target', ['inspect', 'nowhere'], /There is no nowhere/],
  ];
  for (const [what, args, message] of table) {
    test(what, async () => {
      const { code, stdout, stderr } = await lockstep(...args);
      assert.match(stderr, message);
      assert.match(stderr, /^lockstep: .*\n$/, 'one line, without a stack');
      assert.deepEqual([code, stdout], [2, '']);
    });
  }

  test('and leaves no run behind', async () => {
    assert.equal((await readdir(runs.folder)).includes('runs'), false);
  });
});

test('--help and --version end with 0, and every command has an example', async () => {
  assert.match((await lockstep('--version')).stdout, /^\d+\.\d+\.\d+\n$/);
  const helps = await Promise.all(['train', 'evaluate', 'predict', 'inspect'].map((name) => lockstep(name, '--help')));
  for (const { code, stdout } of helps) {
    assert.equal(code, 0);
    assert.match(stdout, /Example:\n {2}\$ lockstep /);
  }
});

describe('A whole job from the command line', () => {
  test('trains with JSON lines on stdout, the last one the summary', async () => {
    const { code, stdout, stderr } = await lockstep('train', 'points.json', '--json', '--out', 'job');
    assert.deepEqual([code, stderr], [0, '']);
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ event }) => event),
      ['start', ...Array(6).fill('epoch'), 'summary'],
    );
    const summary = lines[lines.length - 1];
    const names = [
      'fingerprint',
      'steps',
      'epochs',
      'loss',
      'metrics',
      'workers',
      'shards',
      'engine',
      'seconds',
      'out',
    ];
    assert.deepEqual(Object.keys(summary), ['event', ...names]);
    assert.deepEqual([summary.steps, summary.epochs, summary.out], [30, 6, 'job']);
  });

  test('evaluates it', async () => {
    const { code, stdout } = await lockstep('evaluate', 'job', '--data', 'points.csv', '--json');
    const { loss, metrics, rows } = JSON.parse(stdout);
    assert.deepEqual([code, rows, loss > 0, metrics.accuracy > 0.5], [0, 40, true, true]);
  });

  test('shows which classes it takes for which', async () => {
    const { code, stdout } = await lockstep('evaluate', 'job', '--data', 'points.csv', '--confusion-matrix');
    assert.equal(code, 0);
    assert.match(stdout, /^class \\ predicted +above +below$/m);
    const counts = [...stdout.matchAll(/^(?:above|below) +(\S+) +(\S+)$/gm)].flatMap(([, a, b]) => [a, b]);
    const total = counts.reduce((sum, count) => sum + (count === '·' ? 0 : Number(count)), 0);
    assert.equal(total, 40);
  });

  test('predicts with it, a line a row', async () => {
    const { code, stdout } = await lockstep('predict', 'job', '--data', 'points.csv', '--out', 'predictions.csv');
    assert.deepEqual([code, stdout], [0, '40 predictions written to predictions.csv\n']);
    const lines = (await readFile(join(runs.folder, 'predictions.csv'), 'utf8')).trim().split('\n');
    assert.equal(lines[0], 'below,class');
    assert.equal(lines.length, 41);
    assert.ok(lines.slice(1).every((line) => /^[\d.e-]+,(above|below)$/.test(line)));
  });

  const targets = ['points.json', 'job', 'job/model/model.json', 'job/checkpoints/step-00000030.ckpt'];
  for (const target of targets) {
    test(`inspects ${target}`, async () => {
      const [text, json] = await Promise.all([lockstep('inspect', target), lockstep('inspect', target, '--json')]);
      assert.equal(text.code, 0, text.stderr);
      assert.match(text.stdout, /dense_1 +Dense +\[batch, 1\] +5\ntotal +17\n/);
      const { parameters, shardPlan } = JSON.parse(json.stdout);
      assert.deepEqual([parameters, shardPlan[0].shards[0]], [17, 0]);
    });
  }

  test('inspects a checkpoint of a layer of ones own when its module is named; the file alone runs nothing', async () => {
    const layers = [{ type: 'Dense', units: 2, inputShape: [2] }, { type: 'Snake' }];
    const options = { optimizer: 'adam', loss: 'meanSquaredError', workers: 1, modules: [snakeModule] } as const;
    const trainer = await Trainer.create(layers, options);
    await trainer.checkpoint(join(runs.folder, 'snake.ckpt'));
    await trainer.close();
    const refused = await lockstep('inspect', 'snake.ckpt');
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /snake\.js"\], which are run only if you name them; .*--modules/);
    const { code, stdout, stderr } = await lockstep('inspect', 'snake.ckpt', '--modules', fileURLToPath(snakeModule));
    assert.equal(code, 0, stderr);
    assert.match(stdout, /snake +Snake +\[batch, 2\] +2\ntotal +8\n/);
  });

  test('prints a line an epoch where there is no terminal, and where the model is', async () => {
    const { stdout } = await lockstep('train', 'points.json', '--epochs', '2');
    assert.match(stdout, /^epoch 1\/2 {2}loss [\d.]+ {2}accuracy [\d.]+ {2}val_loss/m);
    assert.match(stdout, /^model {8}runs\/points\/model$/m);
    assert.match(stdout, /^fingerprint {2}[0-9a-f]{16}$/m);
    assert.match(stdout, /^ {2}lockstep evaluate runs\/points --data points\.csv$/m);
    assert.ok(!stdout.includes('\x1b') && !stdout.includes('\r'), 'no terminal codes');
  });

  test('can be repeated: the next run has a number', async () => {
    const { code, stdout } = await lockstep('train', 'points.json', '--epochs', '1');
    assert.equal(code, 0);
    assert.match(stdout, /^model {8}runs\/points-2\/model$/m);
  });
});

describe('Ctrl-C', () => {
  test('writes a checkpoint, ends with 130 and says how to go on, to the same bits', async () => {
    const long = ['--epochs', '150', '--set', 'run.checkpoint.everyEpochs=50', '--json'];
    const { child, ended } = start('train', 'points.json', ...long, '--out', 'stopped');
    child.stdout?.once('data', () => child.kill('SIGINT'));
    const { code, stdout, stderr } = await ended;
    assert.equal(code, 130, stderr);
    assert.match(
      stderr,
      /Training was stopped after step \d+, .*\nlockstep: go on with: lockstep train stopped --resume\n$/,
    );
    assert.doesNotMatch(stdout, /summary/);
    const [resumed, whole] = await Promise.all([
      lockstep('train', 'stopped', '--resume', '--json', '--workers', '1'),
      lockstep('train', 'points.json', ...long, '--out', 'whole'),
    ]);
    assert.equal(fingerprintIn(resumed), fingerprintIn(whole));
  });

  test('a second time leaves at once', async () => {
    const { child, ended } = start('train', 'points.json', '--epochs', '100000', '--out', 'twice');
    child.stdout?.once('data', () => {
      child.kill('SIGINT');
      child.kill('SIGTERM');
    });
    assert.equal((await ended).code, 130);
  });
});

function fingerprintIn({ stdout }: Ended): string {
  return JSON.parse(stdout.trim().split('\n').at(-1) as string).fingerprint;
}
