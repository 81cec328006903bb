import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseWorkloads } from '../../../src/bench/workloads.js';
import { describeModel } from '../../../src/coordinator/models/describe.js';
import { modelFromLayers } from '../../../src/coordinator/models/fromLayers.js';
import type { LabelledData, LayerConfig } from '../../../src/coordinator/options/trainerOptions.js';
import { chooseWorkers } from '../../../src/coordinator/ranks/autoWorkers.js';
import { Trainer } from '../../../src/coordinator/trainer.js';
import { availableCores } from '../../../src/shared/threads/cores.js';

const step = { shards: 8, engine: 'native', most: 8 } as const;
const oneCore = availableCores().cores === 1 ? 'there is one core' : false;
const choose = (layers: readonly LayerConfig[], batchSize: number): number =>
  chooseWorkers(describeModel(modelFromLayers(layers, 'model').model), { ...step, batchSize }).workers;

/** Rows of so many inputs, and one target each. */
function waves(rows: number, inputs: number): LabelledData {
  const x = Float32Array.from({ length: rows * inputs }, (_, i) => Math.sin(i));
  const y = Float32Array.from({ length: rows }, (_, i) => Math.cos(i));
  return { x, y: { values: y, shape: [rows, 1] } };
}

test('a small model takes one rank, and a large one all there are', () => {
  const [[tiny], [mlp], [cnn], [lstm]] = (['tiny', 'mlp', 'cnn', 'lstm'] as const).map(chooseWorkloads);
  assert.equal(choose(tiny.layers, 64), 1);
  assert.equal(choose(mlp.layers, 256), 8);
  assert.equal(choose(cnn.layers, 256), 8);
  assert.equal(choose(lstm.layers, 256), 8);
});

test('more rows a batch never take fewer ranks', () => {
  const [tiny] = chooseWorkloads('tiny');
  const counts = [1, 8, 64, 512, 4096, 32_768].map((rows) => choose(tiny.layers, rows));
  assert.deepEqual(
    counts,
    counts.toSorted((a, b) => a - b),
  );
  assert.ok(counts[0] === 1 && counts[5] === 8);
});

test('every time step of a recurrent layer counts', () => {
  const over = (times: number): number => choose([{ type: 'LSTM', units: 16, inputShape: [times, 8] }], 16);
  assert.ok(over(2) < over(200));
});

test('the choice says what it rests on', () => {
  const [tiny] = chooseWorkloads('tiny');
  const { reason } = chooseWorkers(describeModel(modelFromLayers(tiny.layers, 'model').model), {
    ...step,
    batchSize: 64,
  });
  assert.match(reason, /^a step of 64 rows is about 0\.\d+ million operations, fastest on 1 of at most 8 ranks$/);
});

test('a fit with a larger batch chooses again, and no bit depends on the choice', async () => {
  const layers = [
    { type: 'Dense', units: 64, inputShape: [64], activation: 'relu' },
    { type: 'Dense', units: 1 },
  ];
  const data = waves(2048, 64);
  const options = { optimizer: 'adam', loss: 'meanSquaredError', engine: 'reference' } as const;
  await using auto = await Trainer.create(layers, options);
  await using fixed = await Trainer.create(layers, { ...options, workers: 1 });
  for (const trainer of [auto, fixed]) {
    await trainer.fit(data, { batchSize: 1024 });
  }
  assert.equal(auto.workers, Math.min(8, availableCores().cores));
  assert.match(auto.workersReason, /^a step of 1024 rows/);
  assert.equal(fixed.workersReason, 'it was asked for');
  assert.equal(auto.fingerprint(), fixed.fingerprint());
});

test('training that goes on tries other numbers of ranks, and no bit shows it', { skip: oneCore }, async () => {
  const layers = [
    { type: 'Dense', units: 8, inputShape: [8], activation: 'relu' },
    { type: 'Dense', units: 1 },
  ];
  const data = waves(512, 8);
  const options = { optimizer: 'adam', loss: 'meanSquaredError', shards: 2 } as const;
  await using auto = await Trainer.create(layers, options);
  let epochs = 0;
  const began = performance.now();
  while (!/ms a step on 1, .* on 2/.test(auto.workersReason) && performance.now() - began < 20_000) {
    await auto.fit(data, { epochs: 100, batchSize: 32 });
    epochs += 100;
  }
  assert.match(auto.workersReason, /ms a step on 1, .* on 2/);
  await using fixed = await Trainer.create(layers, { ...options, workers: 1 });
  await fixed.fit(data, { epochs, batchSize: 32 });
  assert.equal(auto.fingerprint(), fixed.fingerprint());
});
