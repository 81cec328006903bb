import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { syntheticData } from '../../src/bench/data.js';
import { LockstepRunner } from '../../src/bench/lockstepRunner.js';
import { writeCase } from '../../src/bench/peers/caseFiles.js';
import { peerSettings } from '../../src/bench/peers/catalog.js';
import { compare } from '../../src/bench/peers/contestants.js';
import { startPeer } from '../../src/bench/peers/peerProcess.js';
import { benchPeers } from '../../src/bench/peers/peers.js';
import { renderPeers } from '../../src/bench/peers/render.js';
import { chooseWorkloads, withSteps } from '../../src/bench/workloads.js';

const [tiny] = chooseWorkloads('tiny');
const work = { workloads: [tiny], workers: [1], engine: 'reference', steps: 2, rounds: 1 } as const;

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-test-'));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A program that stands in for Python and does what the shell script says. */
async function fakePython(folder: string, script: string): Promise<string> {
  const path = join(folder, 'python');
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

test('a case holds the data and the initial weights, in the order of its description', async () => {
  await inFolder(async (folder) => {
    const workload = withSteps(tiny, 2);
    const data = syntheticData(workload);
    const runner = await LockstepRunner.create(workload, data, { workers: 1, shards: 1, engine: 'reference' });
    await writeCase(folder, workload, data, runner.trainer);
    const weights = runner.trainer.weights();
    await runner.close();
    const { tensors, batches } = JSON.parse(await readFile(join(folder, 'case.json'), 'utf8'));
    const memory = await readFile(join(folder, 'case.bin'));
    assert.equal(batches, 2);
    assert.deepEqual(
      tensors.map(({ name }: { name: string }) => name),
      ['x', 'y', ...weights.map(({ name }) => name)],
    );
    const { byteOffset } = tensors[2];
    assert.equal(memory.readFloatLE(byteOffset), weights[0].values[0]);
    assert.equal(memory.readFloatLE(0), data.x.values[0]);
  });
});

test('settings for images are tried on images alone, and heavy ones with the most threads', () => {
  const [cnn] = chooseWorkloads('cnn');
  const titles = (workload: typeof cnn): string[] =>
    peerSettings(workload, ['torch'], [1, 2]).map(({ setting, threads }) => `${setting} ${threads}`);
  assert.deepEqual(titles(cnn), ['eager 1', 'eager 2', 'eager-passive 2', 'eager-nchw 2', 'compile 2']);
  assert.deepEqual(titles(tiny), ['eager 1', 'eager 2', 'eager-passive 2', 'compile 2']);
  assert.ok(!peerSettings(cnn, ['jax'], [2]).some(({ setting }) => setting === 'scan'));
});

test('a peer that would take minutes for a round is left out with the reason', () => {
  const [cnn] = chooseWorkloads('cnn');
  const reasons = (workload: typeof cnn): (string | undefined)[] =>
    peerSettings(workload, ['tfjs'], [1]).map(({ tooSlow }) => tooSlow);
  assert.deepEqual(reasons(tiny), [undefined, undefined, undefined]);
  assert.match(reasons(cnn)[2] ?? '', /^a round of \d+ steps would take about \d+ s$/);
});

test('TensorFlow.js trains a case to the loss of Lockstep', async () => {
  await inFolder(async (folder) => {
    const workload = withSteps(tiny, 2);
    const data = syntheticData(workload);
    const runner = await LockstepRunner.create(workload, data, { workers: 1, shards: 1, engine: 'reference' });
    await writeCase(folder, workload, data, runner.trainer);
    const peer = await startPeer('', folder, { peer: 'tfjs', setting: 'cpu', threads: 1 }, workload.steps);
    assert.ok('runner' in peer);
    const [ours, theirs] = [await runner.round(), await peer.runner.round()];
    await Promise.all([runner.close(), peer.runner.close()]);
    assert.ok(Math.abs(theirs.loss / ours.loss - 1) < 1e-4, `${theirs.loss} and ${ours.loss}`);
  });
});

test('a peer answers every request with its own time and loss', async () => {
  await inFolder(async (folder) => {
    const answer = 'read line; echo \'{"seconds": 0.5, "loss": 2.25}\'';
    const python = await fakePython(folder, `echo '{"ready": "Fake 1.0"}'; ${answer}; ${answer}`);
    const peer = await startPeer(python, folder, { peer: 'torch', setting: 'eager', threads: 1 }, 10);
    assert.ok('runner' in peer);
    assert.equal(peer.runner.library, 'Fake 1.0');
    assert.deepEqual(await peer.runner.round(), { seconds: 0.5, steps: 10, loss: 2.25 });
    assert.deepEqual(await peer.runner.round(), { seconds: 0.5, steps: 10, loss: 2.25 });
    await peer.runner.close();
  });
});

test('a peer that is missing, fails or cannot start is skipped with the reason', async () => {
  await inFolder(async (folder) => {
    const setting = { peer: 'jax', setting: 'step', threads: 1 } as const;
    const reasonOf = async (script: string): Promise<string> => {
      const peer = await startPeer(await fakePython(folder, script), folder, setting, 1);
      assert.ok('skipped' in peer);
      return peer.skipped;
    };
    assert.equal(await reasonOf(`echo '{"skip": "No module named jax"}'`), 'No module named jax');
    assert.match(
      await reasonOf('echo Traceback >&2; echo "ValueError: bad" >&2; exit 1'),
      /jax_step\.py ended: ValueError: bad/,
    );
    const unstartable = await startPeer(join(folder, 'nowhere'), folder, setting, 1);
    assert.match('skipped' in unstartable ? unstartable.skipped : '', /ENOENT/);
  });
});

test('a contest without any peer still times Lockstep and says who is absent and why', async () => {
  await inFolder(async (folder) => {
    const python = await fakePython(folder, `echo '{"skip": "not installed"}'`);
    const text = renderPeers(await benchPeers({ ...work, peers: ['torch'], python }));
    assert.match(text, /^Lockstep .*reference, 8 shards .* 1\.00× .* agree$/m);
    assert.match(text, /^skipped: torch eager, torch eager-passive, torch compile: not installed$/m);
  });
});

test('a Python that is named and is not there is the user’s error', async () => {
  await assert.rejects(benchPeers({ ...work, peers: ['torch'], python: '/nowhere/python' }), { code: 'NO_PYTHON' });
});

test('a contestant whose loss is another has not done the work', () => {
  const rounds = (first: number, final: number) => [
    { seconds: 1, steps: 10, loss: first },
    { seconds: 1, steps: 10, loss: final },
  ];
  const who = (library: string) => ({ library, setting: '', threads: 1, idleShare: null });
  const described = [who('Lockstep'), who('same'), who('lazy')];
  const contestants = compare(described, [rounds(2, 1), rounds(2.001, 1.01), rounds(2, 1.2)], 1);
  assert.deepEqual(
    contestants.map(({ agrees }) => agrees),
    [true, true, false],
  );
  assert.equal(contestants[1].time.median, 100);
});
