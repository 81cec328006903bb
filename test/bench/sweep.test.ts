import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarize } from '../../src/bench/summary.js';
import { renderSweep } from '../../src/bench/sweep/render.js';
import { benchSweep, judgeAuto } from '../../src/bench/sweep/sweep.js';

test('what auto loses is measured against the best fixed number of workers', () => {
  const times = [10, 8, 12].map((median, i) => ({ workers: 2 ** i, time: summarize([median]) }));
  assert.deepEqual(
    [1, 2, 4].map((auto) => judgeAuto(times, auto)).map(({ best, autoLoss }) => [best, autoLoss]),
    [
      [2, 0.25],
      [2, 0],
      [2, 0.5],
    ],
  );
});

test('a sweep of one small model has its times, the best and the choice of auto', async () => {
  const options = { units: [8], batchSizes: [8], workers: [2], engine: 'auto' as const, rounds: 1, rows: 16 };
  const benchmark = await benchSweep(options);
  const [{ times, auto, autoLoss }] = benchmark.points;
  assert.deepEqual(
    times.map(({ workers }) => workers),
    [1, 2],
  );
  assert.equal(auto, 1);
  assert.ok(autoLoss >= 0);
  assert.match(renderSweep(benchmark), /^units .* auto loses$/m);
});
