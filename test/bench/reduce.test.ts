import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyElements, planReduce, sliceOfRank } from '../../src/bench/reduce/plan.js';
import { benchReduce, lackOfMemory, reduceFigures, renderSize } from '../../src/bench/reduce/reduce.js';
import { renderReduce } from '../../src/bench/reduce/render.js';

test('the slices of all ranks are the whole vector, and vectors do not overlap', () => {
  const plan = planReduce(1e6, 3);
  const slices = [0, 1, 2].map((rank) => sliceOfRank(plan, rank));
  assert.equal(slices[0][0], 0);
  assert.equal(slices[2][1], plan.elements);
  assert.equal(slices[0][1], slices[1][0]);
  const starts = [plan.parameters, ...plan.vectors, ...plan.slabs];
  assert.deepEqual(
    starts,
    starts.map((_, i) => i * plan.elements),
  );
  assert.equal(plan.length, starts.length * plan.elements);
});

test('every slab but the first is added once', () => {
  const { adds, slabs } = planReduce(4096, 4);
  assert.deepEqual(adds.filter((_, i) => i % 2 === 1).toSorted(), slabs.slice(1).toSorted());
});

test('bandwidth counts what is read and written, and is compared with the copy of the same round', () => {
  const plan = planReduce(64e6, 1);
  const seconds = (each: number) => ({ seconds: each * plan.repeats, steps: plan.repeats, loss: 0 });
  const reduces = [seconds(9), seconds(0.1), seconds(0.2)];
  const copies = [seconds(9), seconds(0.05), seconds(0.1)];
  const { time, bandwidth, copyBandwidth, ofCopy } = reduceFigures(plan, reduces, copies);
  assert.ok(Math.abs(time.min - 1e5) < 1e-6);
  assert.ok(Math.abs(bandwidth.max - (64e6 * 7) / 0.1 / 1e9) < 1e-3, 'one rank reads four vectors and writes three');
  assert.ok(Math.abs(copyBandwidth.max - (8 * copyElements(plan)) / 0.05 / 1e9) < 1e-9);
  assert.ok(ofCopy.spread < 1e-9, 'a machine that is slower in one round is so for both');
});

test('a size that memory does not suffice for is skipped with what it needs and what is free', () => {
  assert.equal(lackOfMemory(8e8, 1e9), null);
  assert.match(lackOfMemory(4.2e9, 1e9) ?? '', /need 4\.20 GB, and 1\.00 GB of memory are free/);
});

test('sizes are written in powers of a thousand', () => {
  assert.deepEqual([1000, 4e6, 262.144e6, 3.2e9].map(renderSize), ['1.00 KB', '4.00 MB', '262 MB', '3.20 GB']);
});

test('a small size gives figures of every number of ranks, and a large one the reason why not', async () => {
  const options = { sizes: [4e3, 4e9], ranks: [1, 2], engine: 'auto' as const, rounds: 1 };
  const benchmark = await benchReduce(options, undefined, () => 1e9);
  assert.deepEqual(
    benchmark.figures.map(({ ranks, size }) => [ranks, size]),
    [
      [1, 4032],
      [2, 3968],
    ],
  );
  for (const { ofCopy } of benchmark.figures) assert.ok(ofCopy.median > 0);
  const text = renderReduce(benchmark);
  assert.match(text, /^parameters {2}ranks .* of copy/m);
  assert.match(text, /^skipped: 4\.00 GB: its vectors/m);
});
