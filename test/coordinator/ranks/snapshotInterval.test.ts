import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SnapshotInterval } from '../../../src/coordinator/ranks/snapshotInterval.js';

/** Plays a training run on a clock of its own; returns the milliseconds of training and of snapshots. */
function play(snapshotInterval: SnapshotInterval, stepMs: number, snapshotMs: number, steps: number) {
  let elapsed = 0;
  let snapshots = 0;
  let longest = 0;
  for (let done = 0; done < steps; ) {
    const next = snapshotInterval.stepsFrom(elapsed, 32);
    const due = snapshotInterval.isDue(elapsed, next);
    snapshotInterval.observe(next, next * stepMs, due ? snapshotMs : null);
    done += next;
    elapsed = due ? 0 : elapsed + next * stepMs;
    longest = Math.max(longest, elapsed);
    if (due) snapshots++;
  }
  return { training: steps * stepMs, copying: snapshots * snapshotMs, snapshots, longest };
}

for (const [stepMs, snapshotMs] of [
  [0.03, 0.1],
  [1, 0.5],
  [10, 40],
  [300, 20],
]) {
  test(`with steps of ${stepMs} ms and snapshots of ${snapshotMs} ms, snapshots cost about a percent or less`, () => {
    const snapshotInterval = new SnapshotInterval();
    const { training, copying, snapshots, longest } = play(
      snapshotInterval,
      stepMs,
      snapshotMs,
      Math.ceil(60_000 / stepMs),
    );
    assert.ok(copying <= 0.012 * training, `${copying} of ${training} ms`);
    assert.ok(snapshots > 0);
    // What a recovery does again stays within the interval.
    assert.ok(longest <= Math.max(250, 100 * snapshotMs) + stepMs, `${longest} ms`);
  });
}

test('the first command is one step, and each may be eight times the one before until the time of a step is known', () => {
  const snapshotInterval = new SnapshotInterval();
  const lengths = Array.from({ length: 5 }, () => {
    const steps = snapshotInterval.stepsFrom(0, 32);
    snapshotInterval.observe(steps, steps * 0.01, null);
    return steps;
  });
  assert.deepEqual(lengths, [1, 8, 64, 512, 4096]);
});

test('another batch size is measured anew, as its steps take another time', () => {
  const snapshotInterval = new SnapshotInterval();
  play(snapshotInterval, 0.01, 0.1, 100_000);
  assert.ok(snapshotInterval.stepsFrom(0, 32) > 1000);
  assert.equal(snapshotInterval.stepsFrom(0, 4096), 1);
});
