import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderSweep } from '../../src/bench/sweep/render.js';
import { benchSweep, rateAuto } from '../../src/bench/sweep/sweep.js';
import { availableCores } from '../../src/shared/threads/cores.js';

test('what auto loses is measured against the best fixed number of workers in the same rounds', () => {
  const fixed = [
    [10, 20, 10],
    [8, 16, 8],
    [12, 24, 12],
  ];
  const { best, autoLoss } = rateAuto([1, 2, 4], fixed, [10, 16, 12]);
  assert.deepEqual([best, autoLoss], [2, 0.25]);
});

test('a sweep of one small model has its times, the best and the choice of auto', async () => {
  const options = { units: [8], batchSizes: [8], workers: [2], engine: 'auto' as const, rounds: 1, milliseconds: 5 };
  const benchmark = await benchSweep(options);
  const [{ times, auto, autoLoss }] = benchmark.points;
  assert.deepEqual(
    times.map(({ workers }) => workers),
    [1, 2],
  );
  // Which one is a matter of the machine's minute.
  assert.ok(auto >= 1 && auto <= Math.min(8, availableCores().cores), `${auto} workers`);
  assert.ok(autoLoss > -1);
  assert.match(renderSweep(benchmark), /^units .* auto loses$/m);
});
