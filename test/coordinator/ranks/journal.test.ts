import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Command, Job } from '../../../src/coordinator/ranks/job.js';
import { Journal } from '../../../src/coordinator/ranks/journal.js';

const dataset = { rows: 25, inputs: [], targets: [], weights: [] };

/** Batches [firstBatch, endBatch) of 25 rows in batches of 10, at a step that fits. */
function command(
  firstBatch: number,
  endBatch: number,
  changes: Partial<Command> = {},
  job: Partial<Job> = {},
): Command {
  const whole = {
    mode: 'train',
    dataset,
    order: null,
    batchSize: 10,
    firstBatch,
    endBatch,
    firstStep: firstBatch,
  } as const;
  return { job: { ...whole, ...job }, totals: [10 * firstBatch, 0.5], learningRate: 0.1, ...changes };
}

test('commands that go on from one another become one', () => {
  const journal = new Journal();
  journal.rebase(0, 0);
  for (const part of [command(0, 1), command(1, 2), command(2, 3)]) journal.add(part, 2);
  assert.deepEqual(journal.commands, [command(0, 3)]);
  assert.equal(journal.milliseconds, 6);
});

for (const [what, next] of [
  ['another learning rate', command(1, 2, { learningRate: 0.2 })],
  ['a gap', command(2, 3)],
  ['other totals', command(1, 2, { totals: [0, 0] })],
  ['other data', command(1, 2, {}, { dataset: { ...dataset } })],
  ['another order', command(1, 2, {}, { order: new SharedArrayBuffer(100) })],
  ['other steps', command(1, 2, {}, { firstStep: 7 })],
  ['another mode', command(1, 2, {}, { mode: 'gradients' })],
] as const) {
  test(`a command after ${what} stays one of its own`, () => {
    const journal = new Journal();
    journal.rebase(0, 0);
    journal.add(command(0, 1), 1);
    journal.add(next, 1);
    assert.deepEqual(journal.commands, [command(0, 1), next]);
  });
}

test('gradients that updates were given do not fill the memory: a snapshot takes their place', () => {
  const journal = new Journal();
  const gradient = new SharedArrayBuffer(24 * 2 ** 20);
  const applied = command(0, 1, {}, { mode: 'apply', gradient });
  journal.rebase(0, 0);
  const full = Array.from({ length: 4 }, () => {
    journal.add(applied, 1);
    // What commands of gradients leave is one memory for all of them.
    journal.add({ ...applied, job: { ...applied.job, mode: 'gradients' } }, 1);
    return journal.isFull;
  });
  assert.deepEqual(full, [false, false, true, true]);
  journal.rebase(1, 4);
  assert.equal(journal.isFull, false);
});

test('two places take turns, and a snapshot makes the commands before it needless', () => {
  const journal = new Journal();
  assert.equal(journal.freePlace, 0);
  journal.rebase(0, 4);
  journal.add(command(0, 1), 1);
  assert.deepEqual([journal.place, journal.freePlace], [0, 1]);
  journal.rebase(1, 5);
  assert.deepEqual([journal.place, journal.freePlace, journal.step], [1, 0, 5]);
  assert.deepEqual(journal.commands, []);
});

test('a snapshot is needed first of all, after new weights, and when lent data went back to their owner', () => {
  const journal = new Journal();
  assert.ok(journal.needsSnapshot);
  journal.rebase(0, 0);
  journal.add(command(0, 1), 1);
  journal.endCall();
  assert.ok(!journal.needsSnapshot);
  journal.add(command(1, 2, {}, { dataset: { ...dataset }, borrowed: true }), 1);
  assert.ok(!journal.needsSnapshot);
  journal.endCall();
  assert.ok(journal.needsSnapshot);
  journal.rebase(1, 2);
  assert.ok(!journal.needsSnapshot);
  journal.clear();
  assert.ok(journal.needsSnapshot);
});

test('a journal of a hundred commands is full', () => {
  const journal = new Journal();
  journal.rebase(0, 0);
  for (let i = 0; i < 98; i++) journal.add(command(0, 1), 0);
  assert.ok(!journal.isFull);
  journal.add(command(0, 1), 0);
  assert.ok(journal.isFull);
  journal.rebase(1, 99);
  assert.ok(!journal.isFull);
});
