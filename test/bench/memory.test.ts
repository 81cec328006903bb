import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchMemory } from '../../src/bench/memory/memory.js';
import { renderMemory } from '../../src/bench/memory/render.js';
import type { EngineChoice, LayerConfig } from '../../src/coordinator/options/trainerOptions.js';
import { Trainer } from '../../src/coordinator/trainer.js';
import { skipReason } from '../native/nativeCases.js';

const dense: { layers: LayerConfig[]; engine: EngineChoice } = {
  layers: [{ type: 'Dense', units: 1000, inputShape: [1000] }],
  engine: 'reference',
};
const images: typeof dense = {
  layers: [
    { type: 'Conv2D', filters: 32, kernelSize: 3, inputShape: [28, 28, 1] },
    { type: 'MaxPooling2D' },
    { type: 'Flatten' },
    { type: 'Dense', units: 10 },
  ],
  engine: 'native',
};
const options = { optimizer: 'adam', loss: 'meanSquaredError' } as const;
const bytes = 4 * 1_001_000;

async function partsOf(
  workers: number,
  batchSize: number,
  { layers, engine } = dense,
): Promise<Record<string, number>> {
  const { peakMemory } = await Trainer.describe(layers, { ...options, engine, workers, batchSize });
  return Object.fromEntries(peakMemory.map(({ part, bytes }) => [part, bytes]));
}

test('snapshots hold parameters and moments twice, and ranks cost the same each', async () => {
  const [one, four] = [await partsOf(1, 8), await partsOf(4, 8)];
  assert.ok(Math.abs(one.snapshots / (2 * 3 * bytes) - 1) < 1e-3);
  assert.equal(four.ranks, 4 * one.ranks);
  assert.ok(Math.abs((four.arena - one.arena) / (3 * bytes) - 1) < 1e-2, 'three more slabs');
});

test('a larger batch makes the arena larger and nothing else', async () => {
  const { arena: smaller, ...before } = await partsOf(1, 8);
  const { arena: larger, ...after } = await partsOf(1, 80);
  assert.ok(larger > smaller);
  assert.deepEqual(after, before);
});

test('what the kernels of a rank take shrinks with its part of a batch', { skip: skipReason }, async () => {
  const native = { ...dense, engine: 'native' } as const;
  const [one, four] = [await partsOf(1, 4096, native), await partsOf(4, 4096, native)];
  assert.ok(four.kernels / 4 < 0.8 * one.kernels, `${four.kernels / 4} bytes a rank after ${one.kernels}`);
});

test('gradients that live within a chunk of rows take no more of the arena', { skip: skipReason }, async () => {
  const [native, reference] = [
    await partsOf(1, 1024, images),
    await partsOf(1, 1024, { ...images, engine: 'reference' }),
  ];
  const gradients = 4 * 1024 * 26 * 26 * 32;
  assert.ok(Math.abs((reference.arena - native.arena) / gradients - 1) < 0.2, `${reference.arena - native.arena}`);
});

test('the error compares prediction and data with what was measured', async () => {
  const one = { name: 'tiny', batchSize: 64, workers: 1, engine: 'auto' } as const;
  const measured = { peak: 100e6, data: 10e6, parameters: 5, predicted: 95e6, parts: [] };
  const benchmark = await benchMemory([one], undefined, async () => measured);
  assert.ok(Math.abs(benchmark.worstError - 0.05) < 1e-12);
  assert.match(renderMemory(benchmark), /^tiny .* 10\.0 MB .*100 MB .*105 MB +\+5\.0 %$/m);
});
