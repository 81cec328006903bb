import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { allowedRestarts } from '../../src/cli/supervise.js';
import { lockRun } from '../../src/run/lock.js';
import { childrenOf, kill, startLockstep, summaryIn, untilGone } from '../helpers/processes.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

let runs: Awaited<ReturnType<typeof makeRunFolder>>;
before(async () => {
  runs = await makeRunFolder();
  const fit = { epochs: 60, batchSize: 7, validationSplit: 0.25 };
  const config = pointsConfig('points.csv', { fit, run: { checkpoint: { everyEpochs: 5 } } });
  await writeFile(join(runs.folder, 'points.json'), JSON.stringify(config));
});
after(() => runs.remove());

const start = (...args: readonly string[]) => startLockstep(runs.folder, 'train', 'points.json', '--json', ...args);
const statusOf = async (out: string) => JSON.parse(await readFile(join(runs.folder, out, 'status.json'), 'utf8'));

test('Restarts are allowed for training alone, three unless the command line says otherwise', () => {
  const table: [string[], number][] = [
    [['train', 'a.yaml'], 3],
    [['train', 'a.yaml', '--max-restarts', '0'], 0],
    [['train', 'a.yaml', '--max-restarts=7', '--json'], 7],
    [['train', 'a.yaml', '--max-restarts', 'x'], 0],
    [['train', '--max-restarts'], 0],
    [['evaluate', 'a', '--max-restarts', '3'], 0],
    [[], 0],
  ];
  for (const [args, restarts] of table) assert.equal(allowedRestarts(args), restarts, args.join(' '));
});

describe('A training process that dies', () => {
  test('again and again is given up with how to go on, which then gives the undisturbed bits', async () => {
    const whole = await start('--out', 'whole', '--max-restarts', '0').ended;
    const { child, ended } = start('--out', 'mortal', '--max-restarts', '2');
    let last = 0;
    for (let deaths = 0; deaths < 3; deaths++) {
      const training = await trainingProcess(child.pid as number, last);
      kill(training, deaths === 1 ? 'SIGSEGV' : 'SIGKILL');
      last = training;
    }
    const { code, stderr } = await ended;
    assert.equal(code, 1, stderr);
    const lines = stderr.trim().split('\n');
    assert.equal(lines.length, 3, stderr);
    assert.match(lines[0], /^lockstep: the training process was killed \(SIGKILL.*restart 1 of 2\)$/);
    assert.match(lines[1], /^lockstep: the training process crashed \(SIGSEGV\).*restart 2 of 2\)$/);
    assert.match(lines[2], /was killed .* after 2 restarts(; go on with: lockstep train .*mortal --resume)?$/);
    const resumed = await start('--out', 'mortal', ...((await exists('mortal')) ? ['--resume'] : [])).ended;
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(summaryIn(resumed).fingerprint, summaryIn(whole).fingerprint);
  });

  test('of an error is not started again', async () => {
    const { code, stderr } = await start('--set', 'data.csv=nowhere.csv').ended;
    assert.deepEqual([code, stderr.split('\n').length], [2, 2], stderr);
  });
});

describe('Nobody is left behind', () => {
  test('when the supervisor is killed: the training process leaves a checkpoint and goes', async () => {
    const { child, ended, shows } = start('--out', 'orphan', '--epochs', '1000000');
    await shows('"event":"epoch"');
    const [training] = await childrenOf(child.pid as number);
    kill(child.pid as number, 'SIGKILL');
    assert.ok(await untilGone(training), `process ${training} is still there`);
    assert.equal((await ended).signal, 'SIGKILL');
    assert.equal((await statusOf('orphan')).state, 'interrupted');
  });

  test('when SIGTERM ends a run: both processes go, and status and checkpoint tell the same step', async () => {
    const { child, ended, shows } = start('--out', 'termed', '--epochs', '1000000');
    await shows('"event":"epoch"');
    const [training] = await childrenOf(child.pid as number);
    kill(child.pid as number, 'SIGTERM');
    assert.equal((await ended).code, 130);
    assert.ok(await untilGone(training));
    const { state, step } = await statusOf('termed');
    assert.equal(state, 'interrupted');
    const names = await readdir(join(runs.folder, 'termed', 'checkpoints'));
    assert.ok(names.includes(`step-${String(step).padStart(8, '0')}.ckpt`), names.join());
  });

  test('when a terminal sends Ctrl-C to both processes once: the run is checkpointed all the same', async () => {
    const { child, ended, shows } = start('--out', 'both', '--epochs', '1000000');
    await shows('"event":"epoch"');
    for (const pid of [...(await childrenOf(child.pid as number)), child.pid as number]) kill(pid, 'SIGINT');
    assert.equal((await ended).code, 130);
    assert.equal((await statusOf('both')).state, 'interrupted');
  });
});

describe('Two runs in one directory', () => {
  test('are refused while the first one lives, and not after it was killed', async () => {
    const first = start('--out', 'shared', '--epochs', '1000000');
    await first.shows('"event":"epoch"');
    const [training] = await childrenOf(first.child.pid as number);
    const second = await start('--out', 'shared', '--resume').ended;
    assert.equal(second.code, 2);
    assert.equal(JSON.parse(second.stdout).error.code, 'RUN_BUSY');
    assert.match(second.stderr, new RegExp(`is being trained by process ${training}; wait for it`));
    kill(first.child.pid as number, 'SIGKILL');
    kill(training, 'SIGKILL');
    await first.ended;
    const third = await start('--out', 'shared', '--resume', '--epochs', '1').ended;
    assert.doesNotMatch(third.stderr, /being trained/);
  });

  test('are refused by the lock alone, whatever path names the directory', async () => {
    const directory = join(runs.folder, 'locked');
    await mkdir(directory);
    const lock = await lockRun(directory);
    await assert.rejects(lockRun(`${directory}/../locked`), { code: 'RUN_BUSY' });
    await lock.release();
    await (await lockRun(directory)).release();
  });
});

/** The training process of a supervisor: another one than `before`. */
async function trainingProcess(supervisor: number, before: number): Promise<number> {
  for (;;) {
    const [pid] = await childrenOf(supervisor);
    if (pid !== undefined && pid !== before) return pid;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function exists(name: string): Promise<boolean> {
  return (await readdir(runs.folder)).includes(name);
}
