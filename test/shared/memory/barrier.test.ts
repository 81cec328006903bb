import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { abortRun } from '../../../src/shared/memory/barrier.js';
import { CONTROL_WORDS } from '../../../src/shared/memory/control.js';

const fixture = new URL('../../fixtures/barrierRank.js', import.meta.url);

/** Runs `parties` threads through `rounds` barriers; each tells how often it saw a neighbour out of step. */
function runRanks(words: Int32Array, parties: number, rounds: number, spins: number): Promise<string[]> {
  const counters = new Int32Array(new SharedArrayBuffer(parties * 4));
  const ranks = Array.from({ length: parties }, (_, rank) => {
    const worker = new Worker(fixture, { workerData: { words, counters, parties, rank, rounds, spins } });
    return new Promise<string>((resolve, reject) => worker.once('message', resolve).once('error', reject));
  });
  return Promise.all(ranks);
}

const newWords = (): Int32Array => new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * 4));

for (const [parties, spins] of [
  [2, 10_000],
  [3, 0],
  [5, 100],
]) {
  test(`${parties} ranks spinning ${spins} looks never pass a barrier before all have arrived`, async () => {
    const answers = await runRanks(newWords(), parties, 300, spins);
    assert.deepEqual(
      answers,
      answers.map(() => 'in step'),
    );
  });
}

test('the abort word frees every rank that waits', async () => {
  const words = newWords();
  // One party more than there are ranks: without the abort word nobody would ever leave.
  const counters = new Int32Array(new SharedArrayBuffer(3 * 4));
  const ranks = [0, 1].map((rank) => {
    const worker = new Worker(fixture, { workerData: { words, counters, parties: 3, rank, rounds: 1, spins: 10 } });
    return new Promise<string>((resolve, reject) => worker.once('message', resolve).once('error', reject));
  });
  while (Atomics.load(counters, 0) + Atomics.load(counters, 1) < 2)
    await new Promise((resolve) => setTimeout(resolve, 5));
  abortRun(words);
  assert.deepEqual(await Promise.all(ranks), ['aborted', 'aborted']);
});
