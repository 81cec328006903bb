import assert from 'node:assert/strict';
import { test } from 'node:test';
import { interleave, type Runner, stepTimes } from '../../src/bench/interleave.js';
import { kernelBenchCases } from '../../src/bench/kernels/cases.js';
import { stepRatios } from '../../src/bench/renderStep.js';
import { configurationsOf } from '../../src/bench/step.js';
import { summarize } from '../../src/bench/summary.js';
import { digits, percent, renderTable } from '../../src/bench/table.js';
import { chooseWorkloads, withSteps } from '../../src/bench/workloads.js';
import { kernelTable } from '../../src/shared/kernels/table.js';

test('every kernel has its line in bench kernels', () => {
  const measured = new Set<string>(kernelBenchCases.map(({ kernel }) => kernel));
  assert.deepEqual(
    Object.keys(kernelTable).filter((kernel) => !measured.has(kernel)),
    [],
  );
});

test('a summary has the median, the ends and the spread between them', () => {
  assert.deepEqual(summarize([3, 1, 2]), { median: 2, min: 1, max: 3, spread: 1 });
  assert.equal(summarize([4, 1, 2, 3]).median, 2.5);
});

test('a table keeps its columns under their headings', () => {
  const table = renderTable(
    [{ title: 'name', align: 'left' }, { title: 'ms' }],
    [
      ['a', '12.5'],
      ['longer', '1'],
    ],
  );
  assert.equal(table, 'name      ms\na       12.5\nlonger     1');
});

test('numbers have three digits, and none is a dash', () => {
  assert.deepEqual([12345, 123.4, 12.34, 0.01234, 0, null].map(digits), ['12345', '123', '12.3', '0.0123', '0', '–']);
  assert.deepEqual([0.423, 0.0051, null].map(percent), ['42 %', '0.5 %', '–']);
});

test('runners take turns, each round begins with another, and the first round does not count', async () => {
  const order: string[] = [];
  const runner = (name: string): Runner => ({
    name,
    async round() {
      order.push(name);
      return { seconds: order.length, steps: 2, loss: 0 };
    },
    async close() {},
  });
  const { rounds, othersBusy } = await interleave([runner('a'), runner('b')], 2);
  assert.deepEqual(order, ['a', 'b', 'b', 'a', 'a', 'b']);
  assert.deepEqual(stepTimes(rounds[0]), [2000, 2500]);
  assert.ok(othersBusy >= 0);
});

test('steps are a whole number of passes over a dataset that is no larger than they need', () => {
  const [mlp] = chooseWorkloads('mlp');
  assert.deepEqual(
    [withSteps(mlp, 3)].map(({ batches, steps }) => [batches, steps]),
    [[3, 3]],
  );
  assert.deepEqual(
    [withSteps(mlp, 17)].map(({ batches, steps }) => [batches, steps]),
    [[16, 32]],
  );
});

test('a configuration has at least one shard a worker, and appears once', () => {
  const list = configurationsOf({ workers: [1, 2, 16], shards: [8, 'workers', 1], engine: 'auto' });
  const pairs = list.map(({ workers, shards }) => [workers, shards]);
  assert.deepEqual(pairs, [
    [1, 8],
    [1, 1],
    [2, 8],
    [2, 2],
    [16, 16],
  ]);
});

test('ratios compare workers at equal shards, and shards at equal workers', () => {
  const at = (workers: number, shards: number, median: number) => ({ workers, shards, time: summarize([median]) });
  const ratios = stepRatios([at(1, 8, 10), at(1, 1, 9.6), at(2, 8, 5)]);
  assert.deepEqual(ratios, [
    { title: 'time of 8 shards over 1, 1 workers', ratio: 10 / 9.6 },
    { title: 'speed-up from 1 to 2 workers, 8 shards', ratio: 2 },
  ]);
});

test('an unknown workload is an error that lists the known ones', () => {
  assert.throws(() => chooseWorkloads('rnn'), /mlp, tiny, cnn, lstm, wide or all/);
});
