import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WorkersTuner } from '../../../src/coordinator/ranks/workersTuner.js';

/** Trains in parts of 250 ms until the tuner has settled; returns the numbers of ranks it went through. */
function settle(tuner: WorkersTuner, stepTime: (workers: number) => number): number[] {
  const path = [tuner.workers];
  for (let part = 0; part < 200 && !tuner.settled; part++) {
    tuner.observe(tuner.workers, Math.ceil(250 / stepTime(tuner.workers)), 250);
    if (tuner.workers !== path[path.length - 1]) path.push(tuner.workers);
  }
  assert.ok(tuner.settled);
  return path;
}

test('from a number that is wrong the tuner goes to the one whose steps are fastest', () => {
  const table: [first: number, time: (workers: number) => number, path: number[]][] = [
    [2, (n) => n, [2, 1]],
    [1, (n) => 1 / n, [1, 2]],
    [8, (n) => (Math.abs(n - 2) + 1) / 2, [8, 4, 2, 1, 2]],
    [1, (n) => 4 / n, [1, 2, 4, 8]],
  ];
  for (const [first, time, path] of table)
    assert.deepEqual(settle(new WorkersTuner(32, first, Math.max(...path)), time), path);
});

test('a number that is as good as another stays', () => {
  assert.deepEqual(
    settle(new WorkersTuner(32, 2, 2), (n) => (n === 2 ? 1 : 0.98)),
    [2, 1, 2],
  );
});

test('long steps, a single core and short runs try nothing', () => {
  assert.deepEqual(
    settle(new WorkersTuner(32, 2, 2), (n) => 20 / n),
    [2],
  );
  assert.ok(new WorkersTuner(32, 1, 1).settled);
  const short = new WorkersTuner(32, 2, 2);
  for (let part = 0; part < 4; part++) short.observe(2, 100, 240);
  assert.equal(short.workers, 2);
});

/** Trains for some seconds, in parts of 250 ms. */
function train(tuner: WorkersTuner, seconds: number, stepTime: (workers: number) => number): void {
  for (let part = 0; part < 4 * seconds; part++)
    tuner.observe(tuner.workers, Math.ceil(250 / stepTime(tuner.workers)), 250);
}

test('a number that has become slower than another is left within half a minute, and told once', () => {
  const tuner = new WorkersTuner(32, 2, 2);
  train(tuner, 10, (n) => 1 / n);
  assert.equal(tuner.workers, 2);
  assert.equal(tuner.takeNews(), null, 'it is the number that was predicted');
  train(tuner, 30, (n) => n);
  assert.equal(tuner.workers, 1);
  assert.equal(tuner.takeNews()?.workers, 1);
  assert.equal(tuner.takeNews(), null);
});

test('trying again takes little of the training', () => {
  const tuner = new WorkersTuner(32, 2, 2);
  let [tried, parts] = [0, 0];
  for (; parts < 4 * 300; parts++) {
    if (tuner.workers === 1) tried++;
    tuner.observe(tuner.workers, 250, 250);
  }
  assert.ok(tried > 0 && tried / parts < 0.03, `${tried} of ${parts} parts`);
});

test('ranks that somebody else changed are left alone', () => {
  const tuner = new WorkersTuner(32, 4, 4);
  tuner.observe(3, 1000, 1000);
  train(tuner, 60, (n) => n);
  assert.equal(tuner.workers, 3);
});
