import assert from 'node:assert/strict';
import { test } from 'node:test';
import { benchMemory } from '../../src/bench/memory/memory.js';
import { renderMemory } from '../../src/bench/memory/render.js';
import { Trainer } from '../../src/coordinator/trainer.js';

const layers = [{ type: 'Dense', units: 1000, inputShape: [1000] }];
const options = { optimizer: 'adam', loss: 'meanSquaredError', engine: 'reference' } as const;
const bytes = 4 * 1_001_000;

async function partsOf(workers: number, batchSize: number): Promise<Record<string, number>> {
  const { peakMemory } = await Trainer.describe(layers, { ...options, workers, batchSize });
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

test('the error compares prediction and data with what was measured', async () => {
  const one = { name: 'tiny', batchSize: 64, workers: 1, engine: 'auto' } as const;
  const measured = { peak: 100e6, data: 10e6, parameters: 5, predicted: 95e6, parts: [] };
  const benchmark = await benchMemory([one], undefined, async () => measured);
  assert.ok(Math.abs(benchmark.worstError - 0.05) < 1e-12);
  assert.match(renderMemory(benchmark), /^tiny .* 10\.0 MB .*100 MB .*105 MB +\+5\.0 %$/m);
});
