import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scalingWorkers } from '../../src/bench/machine.js';
import type { PhaseProfile } from '../../src/bench/profile.js';
import { scalingChart } from '../../src/bench/scaling/chart.js';
import { scalingPoints } from '../../src/bench/scaling/figures.js';
import { fitStepModel, predict } from '../../src/bench/scaling/model.js';
import { nonNegativeLeastSquares } from '../../src/bench/scaling/nonNegative.js';
import { renderScaling } from '../../src/bench/scaling/render.js';
import { benchScaling, caseOf } from '../../src/bench/scaling/scaling.js';
import { chooseWorkloads } from '../../src/bench/workloads.js';
import { bytesMoved } from '../../src/coordinator/ranks/autoWorkers.js';

const phases = (computing: number, wait: number): PhaseProfile => {
  return { gather: 0, forward: computing, backward: 0, wait, reduce: 0, update: 0 };
};

const model = { serial: 0.2, perRow: 0.01, perSharedRow: 0.002, perByte: 2e-7, perRank: 0.005, perExtraRank: 0.02 };
const setting = { cores: 8, shards: 16, parameters: 1e6 };

/** Strong and weak points as the model itself would measure them. */
const modelled = [1, 2, 4, 8, 16].flatMap((workers) =>
  [256, 256 * workers].map((rows) => ({ workers, rows, milliseconds: predict(model, workers, rows, setting) })),
);

test('non-negative least squares finds what made the numbers, and never goes below zero', () => {
  const rows = [
    [1, 1],
    [1, 2],
    [1, 3],
  ];
  const [constant, slope] = nonNegativeLeastSquares(rows, [3, 5, 7]);
  assert.ok(Math.abs(constant - 1) < 1e-9 && Math.abs(slope - 2) < 1e-9);
  const [none, mean] = nonNegativeLeastSquares(
    rows.map(([one, x]) => [x, one]),
    [3, 2, 1],
  );
  assert.equal(none, 0, 'the slope would be negative');
  assert.ok(Math.abs(mean - 2) < 1e-9);
  assert.deepEqual(nonNegativeLeastSquares(rows, [-1, -1, -1]), [0, 0]);
});

test('columns that cannot be told apart do not break the fit', () => {
  const x = nonNegativeLeastSquares(
    [
      [1, 1],
      [2, 2],
    ],
    [1, 2],
  );
  assert.ok(Math.abs(x[0] + x[1] - 1) < 1e-9);
});

test('the model of a step is found again in times that it made', () => {
  const fitted = fitStepModel(modelled, setting, 256);
  for (const name of Object.keys(model) as (keyof typeof model)[])
    assert.ok(Math.abs(fitted.model[name] / model[name] - 1) < 1e-6, name);
  assert.ok(fitted.worstError < 1e-9);
  assert.ok(fitted.worstLeftOutError !== null && fitted.worstLeftOutError < 1e-9);
  assert.ok(Math.abs((fitted.gigabytesPerSecond ?? 0) - 5) < 1e-6, '2e-7 ms a byte are 5 GB/s');
});

test('a term that is known is not fitted', () => {
  const fitted = fitStepModel(modelled, setting, 256, { perRank: model.perRank });
  assert.equal(fitted.model.perRank, model.perRank);
  assert.ok(fitted.worstError < 1e-9);
  const wrong = fitStepModel(modelled, setting, 256, { perRank: 10 * model.perRank });
  assert.equal(wrong.model.perRank, 10 * model.perRank);
  assert.ok(wrong.worstError > 1e-3);
});

test('the error of the model on a point that does not follow it is shown', () => {
  const spoilt = modelled.map((point, i) => (i === 3 ? { ...point, milliseconds: point.milliseconds * 1.5 } : point));
  const { points, worstError, worstLeftOutError } = fitStepModel(spoilt, setting, 256);
  assert.ok(worstError > 0.2 && points[3].error < -0.2);
  assert.ok(worstLeftOutError !== null && worstLeftOutError >= worstError);
});

test('with no more points than terms the error on a left-out point is unknown', () => {
  assert.equal(fitStepModel(modelled.slice(0, 6), setting, 256).worstLeftOutError, null);
});

test('a projection goes to 64 ranks and is lower where memory bandwidth does not grow', () => {
  const { projection } = fitStepModel(modelled, setting, 256);
  const last = projection[projection.length - 1];
  assert.equal(last.ranks, 64);
  assert.ok(last.speedupSameMemory < last.speedup && last.speedup < 64);
  assert.equal(projection[0].speedup, 1);
});

test('one rank moves what Adam touches, and every further slab is read twice and written once', () => {
  assert.equal(bytesMoved(10, 1, 8), 10 * 4 * 7);
  assert.equal(bytesMoved(10, 2, 8), 10 * 4 * 10);
  assert.equal(bytesMoved(10, 8, 8), 10 * 4 * 28);
});

test('speed-ups compare rounds that stood beside each other, and count the rows of the batch', () => {
  const measurement = (workers: number, batchSize: number, times: number[]) => {
    return { workers, batchSize, times, loss: 1, phases: Array.from({ length: workers }, () => phases(3, 1)) };
  };
  const points = scalingPoints([measurement(1, 10, [10, 20]), measurement(4, 40, [20, 40])], 2);
  assert.deepEqual(points[1].speedup, { median: 2, min: 2, max: 2, spread: 0 });
  assert.equal(points[1].efficiency, 1, 'four workers on two cores can reach two');
  assert.equal(points[1].ranks[0].waiting, 0.25);
});

test('imbalance is how much longer the busiest rank computes than the mean', () => {
  const given = { workers: 2, batchSize: 8, times: [1], loss: 0, phases: [phases(3, 0), phases(1, 2)] };
  assert.equal(scalingPoints([given], 2)[0].imbalance, 0.5);
});

test('workers are counted in doublings up to the cores, then to four times as many', () => {
  assert.deepEqual(scalingWorkers(1), [1, 2, 4]);
  assert.deepEqual(scalingWorkers(6), [1, 2, 4, 6, 12, 24]);
});

test('a weak case has more rows a step and as many a round', () => {
  const [mlp] = chooseWorkloads('mlp');
  const { workload } = caseOf(mlp, 'weak', { workers: 4, shards: 8, engine: 'auto' });
  assert.deepEqual([workload.batchSize, workload.batches, workload.steps], [1024, 4, 12]);
});

test('a few steps of the tiny workload give both curves, the same bits, a table and a picture', async () => {
  const options = {
    workers: [2],
    modes: ['strong', 'weak'] as const,
    engine: 'reference' as const,
    steps: 2,
    rounds: 1,
  };
  const benchmark = await benchScaling({ ...options, workloads: chooseWorkloads('tiny') });
  const [report] = benchmark.reports;
  assert.ok('curves' in report);
  const [strong, weak] = report.curves;
  assert.equal(strong.sameBits, true);
  assert.deepEqual(
    weak.points.map(({ workers, batchSize }) => [workers, batchSize]),
    [
      [1, 64],
      [2, 128],
    ],
  );
  const text = renderScaling(benchmark);
  assert.match(text, /^workers {2}batch .* efficiency/m);
  assert.match(text, /^all numbers of workers came to the same bits$/m);
  assert.match(text, /^PROJECTION, not measured/m);
  const chart = scalingChart(benchmark);
  assert.match(chart, /^<svg .*<\/svg>\n$/);
  assert.ok(!chart.includes('NaN'));
});
