import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { train } from '../../src/run/train.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

let runs: Awaited<ReturnType<typeof makeRunFolder>>;
before(async () => {
  runs = await makeRunFolder();
  await writeFile(join(runs.folder, 'points.json'), JSON.stringify(pointsConfig('points.csv')));
  await train(pointsConfig(runs.csv, { run: { out: join(runs.folder, 'runs', 'whole') } }));
});
after(() => runs.remove());

function lockstep(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, ...output } = spawnSync(process.execPath, [main, ...args], { cwd: runs.folder, encoding: 'utf8' });
  return { code: status, ...output };
}

const checkpoints = async (): Promise<string[]> => (await readdir(join(runs.folder, 'runs/whole/checkpoints'))).sort();

describe('lockstep runs', () => {
  test('lists the runs of a folder, with those that cannot be read', async () => {
    await mkdir(join(runs.folder, 'runs', 'broken'));
    await writeFile(join(runs.folder, 'runs', 'broken', 'config.json'), '{');
    await mkdir(join(runs.folder, 'runs', 'no run'));
    const { stdout } = lockstep('runs', '--json');
    const found = JSON.parse(stdout).runs as Record<string, unknown>[];
    assert.deepEqual(
      found.map(({ state, epochs, epochsAsked }) => [state, epochs, epochsAsked]),
      [
        ['finished', 6, 6],
        ['unreadable', 0, 0],
      ],
    );
    const lines = (await readFile(join(runs.folder, 'runs/whole/metrics.jsonl'), 'utf8')).trim().split('\n');
    const lowest = Math.min(...lines.map((line) => JSON.parse(line).val_loss));
    assert.equal((found[0].best as { value: number }).value, lowest);
    assert.match(lockstep('runs').stdout, /runs\/whole\s+finished\s+6\/6\s+val_loss/);
  });

  test('refuses a folder that is not there', () => {
    const { code, stderr } = lockstep('runs', 'nowhere');
    assert.equal(code, 2);
    assert.match(stderr, /nowhere cannot be listed: there is no such file; give a folder with run directories/);
  });
});

describe('lockstep prune', () => {
  test('removes nothing where nobody can be asked', async () => {
    const before = await checkpoints();
    const { code, stderr } = lockstep('prune', 'runs/whole');
    assert.equal(code, 2);
    assert.match(stderr, /give --yes/);
    assert.deepEqual(await checkpoints(), before);
  });

  test('keeps the newest and the best, and the model', async () => {
    assert.ok((await checkpoints()).length > 2);
    assert.match(lockstep('prune', 'runs/whole', '--yes').stdout, /2 checkpoints .* removed/);
    assert.deepEqual(await checkpoints(), ['best.ckpt', 'step-00000030.ckpt']);
    assert.ok(existsSync(join(runs.folder, 'runs/whole/model/model.json')));
    assert.match(lockstep('prune', 'runs/whole', '--yes').stdout, /nothing to remove/);
  });
});

describe('lockstep train', () => {
  test('--dry-run trains one step, tells what a run would be, and writes nothing', async () => {
    const before = await readdir(join(runs.folder, 'runs'));
    const { code, stdout } = lockstep('train', 'points.json', '--dry-run', '--json');
    assert.equal(code, 0);
    const { rows, validationRows, parameters, logs } = JSON.parse(stdout);
    assert.deepEqual([rows, validationRows, parameters], [30, 10, 17]);
    assert.deepEqual(Object.keys(logs), ['loss', 'accuracy']);
    assert.deepEqual(await readdir(join(runs.folder, 'runs')), before);
    assert.match(lockstep('train', 'points.json', '--dry-run').stdout, /30 training rows.*first step {2}loss/s);
  });

  test('--dry-run finds what is wrong with the data', async () => {
    await writeFile(join(runs.folder, 'wrong.csv'), 'a,b,side\n1,x,above\n');
    const { code, stderr } = lockstep('train', 'points.json', '--dry-run', '--set', 'data.csv=wrong.csv');
    assert.equal(code, 2);
    assert.match(stderr, /wrong\.csv.*"x"/);
  });

  test('--print-config prints a config that is the same run', () => {
    const { stdout } = lockstep('train', 'points.json', '--print-config', '--set', 'compile.optimizer.lr=0.5');
    assert.match(stdout, /learningRate: 0\.5/);
    assert.match(stdout, /everyMinutes: 10/);
  });

  test('--print-config gives a config that can be read again', async () => {
    const { stdout } = lockstep('train', 'points.json', '--print-config');
    await writeFile(join(runs.folder, 'printed.yaml'), stdout);
    assert.equal(lockstep('train', 'printed.yaml', '--print-config').stdout, stdout);
  });
});
