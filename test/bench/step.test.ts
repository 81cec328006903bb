import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderStep } from '../../src/bench/renderStep.js';
import { benchStep, type StepOptions } from '../../src/bench/step.js';
import { chooseWorkloads } from '../../src/bench/workloads.js';

const options: StepOptions = {
  workloads: chooseWorkloads('tiny'),
  workers: [1, 2],
  shards: [2],
  engine: 'reference',
  steps: 2,
  rounds: 1,
};

const benchmark = benchStep(options);

test('a few steps of the tiny workload give finite figures and phases of every rank', async () => {
  const { reports } = await benchmark;
  const [report] = reports;
  assert.ok('configurations' in report);
  for (const { workers, time, samplesPerSecond, gigaflops, loss, phases } of report.configurations) {
    for (const figure of [time.median, samplesPerSecond, gigaflops, loss])
      assert.ok(Number.isFinite(figure) && figure > 0);
    assert.equal(phases.length, workers);
    for (const { forward, backward } of phases) assert.ok(forward > 0 && backward > 0);
  }
  const [one, two] = report.configurations;
  assert.equal(one.loss, two.loss, 'the number of workers does not show in the loss');
});

test('a report has a table of times, one of phases, and the speed-up', async () => {
  const text = renderStep(await benchmark);
  assert.match(text, /^workers {2}shards {2}engine .* ms a step/m);
  assert.match(text, /^workers {2}shards {2}rank .* gather .* update/m);
  assert.match(text, /^speed-up from 1 to 2 workers, 2 shards: \d+\.\d\d×$/m);
});
