import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { LockFile, type Waiting } from '../../src/run/lockFile.js';
import { type Owner, thisProcess } from '../../src/shared/writing/owner.js';
import { type Ended, startWithin } from '../helpers/processes.js';
import { makeRunFolder, pointsConfig } from '../helpers/runs.js';

/** The process that names itself in a lock of another container or machine. */
const elsewhere: Owner = { host: 'far', machine: '00000000', pid: 4242, started: '77' };

describe('The file that locks a run', () => {
  let directory: string;
  let lock: string;
  let warnings: string[];
  let living: ChildProcess;
  const waiting: Waiting = {
    warn: (message) => warnings.push(message),
    unlessStopped: (work) => work,
    goneAfter: 2_000,
  };
  const take = (): Promise<LockFile> => LockFile.take(directory, waiting);
  before(() => {
    living = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  });
  after(() => living.kill());
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lockstep-lock-'));
    lock = join(directory, 'lockstep.lock');
    warnings = [];
  });
  afterEach(() => rm(directory, { recursive: true }));

  const ownerOf = (pid: number): Owner => {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return { ...thisProcess(), pid, started: line.slice(line.lastIndexOf(')') + 2).split(' ')[19] };
  };
  const leave = (owner: unknown): void => writeFileSync(lock, `${JSON.stringify(owner)}\n`);
  const noProc = !existsSync('/proc/self/stat') && 'the system does not tell when processes started';

  test('is there while the run is, and names its process', async () => {
    const held = await take();
    const { host, pid } = JSON.parse(readFileSync(lock, 'utf8'));
    assert.deepEqual({ host, pid }, { host: thisProcess().host, pid: process.pid });
    await held.release();
    assert.ok(!existsSync(lock));
  });

  /** Locks that nobody holds any more, and how long it takes at least to know. */
  const gone: Readonly<Record<string, [leave: () => void, least: number]>> = {
    'of a process of this machine that has ended': [
      () => leave({ ...thisProcess(), pid: spawnSync(process.execPath, ['-e', '']).pid, started: '1' }),
      0,
    ],
    'of a process whose number another one has now': [() => leave({ ...ownerOf(process.pid), started: '1' }), 0],
    'of another machine that gives no sign': [() => leave(elsewhere), 2_000],
    'that cannot be read': [() => writeFileSync(lock, '{"host":'), 2_000],
    'that is empty': [() => writeFileSync(lock, ''), 2_000],
    'that is very long': [() => writeFileSync(lock, 'x'.repeat(100_000)), 2_000],
    'that is a link to a file of others': [
      () => {
        writeFileSync(join(directory, 'notes.txt'), 'not of Lockstep');
        symlinkSync('notes.txt', lock);
      },
      2_000,
    ],
  };
  for (const [what, [prepare, least]] of Object.entries(gone)) {
    test(`is taken from a lock ${what}`, { skip: noProc }, async () => {
      prepare();
      const began = performance.now();
      const held = await take();
      assert.ok(performance.now() - began >= least);
      assert.equal(warnings.length, least === 0 ? 0 : 1);
      await held.requireOurs();
      await held.release();
      const notes = join(directory, 'notes.txt');
      if (existsSync(notes)) assert.equal(readFileSync(notes, 'utf8'), 'not of Lockstep');
    });
  }

  test('is not taken from a living process of this machine, which is named at once', { skip: noProc }, async () => {
    leave(ownerOf(living.pid as number));
    await assert.rejects(take(), {
      code: 'RUN_BUSY',
      message: `${directory} is being trained by process ${living.pid}; wait for it, or stop it first.`,
    });
    assert.deepEqual(warnings, []);
  });

  test('is not taken from a process of another machine that gives signs of life, which is named', async () => {
    leave(elsewhere);
    const beats = setInterval(() => utimesSync(lock, new Date(), new Date()), 300);
    await assert.rejects(take(), {
      code: 'RUN_BUSY',
      message: `${directory} is being trained by process 4242 on far; wait for it, or stop it first.`,
    });
    clearInterval(beats);
    assert.match(warnings.join(), /is locked by process 4242 on far, which cannot be looked up from here/);
  });

  test('is taken by one of several processes that want it at once', { skip: noProc }, async () => {
    leave({ ...thisProcess(), pid: spawnSync(process.execPath, ['-e', '']).pid, started: '1' });
    const wanted = await Promise.allSettled([1, 2, 3, 4, 5].map(take));
    const held = wanted.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    assert.equal(held.length, 1);
    for (const one of wanted) if (one.status === 'rejected') assert.equal(one.reason.code, 'RUN_BUSY');
    await held[0].requireOurs();
    await held[0].release();
  });

  test('that another process has taken after a silence is no longer ours, and is left to it', async (context) => {
    const held = await take();
    leave(elsewhere);
    await held.requireOurs();
    const later = Date.now() + 31_000;
    context.mock.method(Date, 'now', () => later);
    await assert.rejects(held.requireOurs(), {
      code: 'RUN_TAKEN',
      message: /was taken over by process 4242 on far, as this one gave no sign of life for 30 s/,
    });
    await held.release();
    assert.ok(existsSync(lock));
  });

  test('that is a link to nothing is an error, not waited for without end', async () => {
    symlinkSync('nothing', lock);
    await assert.rejects(take(), { code: 'RUN_BUSY' });
  });

  test('stops being waited for when the run is stopped', async () => {
    leave(elsewhere);
    const stopped = new Error('stopped');
    const impatient: Waiting = { ...waiting, unlessStopped: () => Promise.reject(stopped) };
    await assert.rejects(LockFile.take(directory, impatient), stopped);
  });
});

/** What two containers on one volume do not share, and how its owner is called there. */
const containers: Readonly<Record<string, [within: readonly string[], owner: RegExp]>> = {
  network: [['-rn'], /is being trained by process \d+; wait for it/],
  'network and processes': [
    ['-rnpf', '--mount-proc', '--kill-child'],
    /is being trained by process \d+ on \S+; wait for it/,
  ],
};

describe('Two containers on one volume', () => {
  for (const [what, [options, owner]] of Object.entries(containers)) {
    test(`do not train one run at once, with a ${what} of their own`, async (context) => {
      const within = ['unshare', ...options];
      if (spawnSync(within[0], [...within.slice(1), 'true']).status !== 0)
        return context.skip('the system lets no container be made here');
      const place = await makeRunFolder();
      const source =
        'export default { rows: 40, read: async (rows) => { await new Promise((r) => setTimeout(r, 50)); return { x: Float32Array.from([...rows].flatMap((i) => [i / 40, 1])), y: Float32Array.from(rows, (i) => i % 2) }; } };';
      writeFileSync(join(place.folder, 'rows.mjs'), source);
      const config = pointsConfig(place.csv, { data: { source: 'rows.mjs' }, fit: { epochs: 400, batchSize: 7 } });
      writeFileSync(join(place.folder, 'points.json'), JSON.stringify(config));
      const start = (...args: string[]) => startWithin(within, place.folder, ['train', ...args, '--max-restarts', '0']);
      const first = start('points.json', '--out', 'shared', '--json');
      await first.shows('"event":"epoch"');
      const second: Ended = await start('shared', '--resume').ended;
      assert.equal(second.code, 2, second.stderr);
      assert.match(second.stderr, owner);
      first.child.kill('SIGKILL');
      await first.ended;
      const lines = readFileSync(join(place.folder, 'shared/metrics.jsonl'), 'utf8').trim().split('\n');
      const epochs = lines.map((line) => JSON.parse(line).epoch);
      assert.deepEqual(
        epochs,
        epochs.map((_, i) => i + 1),
      );
      await place.remove();
    });
  }
});
