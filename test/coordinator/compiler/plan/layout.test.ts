import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { bufferArguments } from '../../../../src/coordinator/compiler/lower/fuse.js';
import { lower } from '../../../../src/coordinator/compiler/lower/index.js';
import { placeBuffers } from '../../../../src/coordinator/compiler/plan/buffers.js';
import { place } from '../../../../src/coordinator/compiler/plan/layout.js';
import { describeModel } from '../../../../src/coordinator/models/describe.js';
import { modelFromLayers } from '../../../../src/coordinator/models/fromLayers.js';
import { readObjectives } from '../../../../src/coordinator/options/objectives.js';
import { adam } from '../../../../src/index.js';
import { ALIGNMENT } from '../../../../src/shared/memory/arena.js';
import {
  passLimits,
  planPass,
  publishedNodes,
  reduceOrder,
  slabCount,
  sliceStart,
} from '../../../../src/shared/partition/shardPlan.js';
import { cases, dropoutCase } from '../../../helpers/models.js';

const programs = [...cases, dropoutCase].map((given) => ({
  title: given.title,
  program: lower(describeModel(modelFromLayers(given.layers, 'm').model), readObjectives(given, ['out'])),
}));

describe('Placing buffers', () => {
  for (const { title, program } of programs) {
    test(`${title}: buffers that are alive together never share a byte`, () => {
      const { offsets, length } = placeBuffers(program, 9);
      const { stages, inputs, targets, weights, outputs } = program;
      const ports = [...inputs, ...targets].map(({ buffer }) => buffer);
      const weighted = [...ports, ...weights.map(({ buffer }) => buffer)];
      const results = outputs.map(({ buffer }) => buffer);
      const sequences = [
        [ports, ...[...stages.forward, ...stages.backward].flat().map(bufferArguments)],
        [weighted, ...[...stages.weightedForward, ...stages.backward].flat().map(bufferArguments)],
        [ports, ...stages.evaluation.flat().map(bufferArguments), results],
        [weighted, ...stages.weightedEvaluation.flat().map(bufferArguments), results],
        [ports, ...stages.prediction.flat().map(bufferArguments), results],
      ];
      for (const uses of sequences) {
        for (let at = 0; at < uses.length; at++) requireApart(aliveAt(uses, at), offsets, program.buffers, 9);
      }
      assert.ok(length <= program.buffers.reduce((sum, { size }) => sum + Math.ceil((size * 9) / 16) * 16, 0));
    });

    test(`${title}: buffers that share a place have records of one size`, () => {
      const { offsets } = placeBuffers(program, 9);
      const sizeAt = new Map<number, number>();
      offsets.forEach((offset, buffer) => {
        const { size } = program.buffers[buffer];
        assert.equal(sizeAt.get(offset) ?? size, size);
        sizeAt.set(offset, size);
      });
    });
  }

  test('every region begins on a cache line and ends before the next', () => {
    const { layout } = place(programs[2].program, adam(), { workers: 3, shards: 5 }, 10);
    let end = 0;
    for (const { byteOffset, byteLength } of Object.values(layout.regions)) {
      assert.equal(byteOffset % ALIGNMENT, 0);
      assert.equal(byteOffset, end);
      end = byteOffset + byteLength;
    }
    assert.equal(end, layout.byteLength);
  });
});

describe('Plans, for any number of rows, shards and workers', () => {
  const division = fc.integer({ min: 1, max: 20 }).chain((shards) =>
    fc.record({
      shards: fc.constant(shards),
      workers: fc.integer({ min: 1, max: shards }),
      rows: fc.integer({ min: 1, max: 100 }),
    }),
  );

  test('the rows of all ranks are the rows of the batch, in order', () => {
    fc.assert(
      fc.property(division, ({ rows, ...given }) => {
        let next = 0;
        for (let rank = 0; rank < given.workers; rank++) {
          const { pass } = planPass(rows, rank, given, { first: 0, stride: 16 });
          if (pass.rows > 0) assert.equal(pass.firstRow, next);
          assert.deepEqual(pass.shardRows.at(-1), pass.firstRow + pass.rows);
          next += pass.rows;
        }
        assert.equal(next, rows);
      }),
    );
  });

  test('no rank has more rows or shards than is said, of a full batch or a smaller one', () => {
    fc.assert(
      fc.property(division, fc.integer({ min: 0, max: 99 }), ({ rows, ...given }, fewer) => {
        const batch = Math.max(1, rows - fewer);
        for (let rank = 0; rank < given.workers; rank++) {
          const { pass } = planPass(batch, rank, given, { first: 0, stride: 16 });
          const { passCapacity, passShards } = passLimits(given, rows);
          assert.ok(pass.rows <= passCapacity, `${pass.rows} rows`);
          assert.ok(pass.shardRows.length - 1 <= passShards, `${pass.shardRows.length - 1} shards`);
        }
      }),
    );
  });

  test('reducing the published slabs adds in the order of the whole tree', () => {
    fc.assert(
      fc.property(division, ({ shards, workers }) => {
        const expression = (first: number, count: number): string => {
          if (count === 1) return `${first}`;
          const left = 2 ** Math.ceil(Math.log2(count) - 1);
          return `(${expression(first, left)}+${expression(first + left, count - left)})`;
        };
        const nodes = publishedNodes(shards, workers);
        const slabs = nodes.map(({ first, count }) => expression(first, count));
        for (const [a, b] of reduceOrder(shards, nodes)) slabs[a] = `(${slabs[a]}+${slabs[b]})`;
        assert.equal(slabs[0], expression(0, shards));
        assert.ok(nodes.length <= slabCount({ workers, shards }));
      }),
    );
  });

  test('slices cover the flat vector and begin on cache lines', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 0, max: 500 }), (workers, lines) => {
        const starts = Array.from({ length: workers + 1 }, (_, rank) => sliceStart(rank, workers, lines * 16));
        assert.equal(starts[0], 0);
        assert.equal(starts[workers], lines * 16);
        for (const start of starts) assert.equal(start % 16, 0);
        assert.deepEqual(
          starts,
          [...starts].sort((a, b) => a - b),
        );
      }),
    );
  });
});

/** Buffers used at or before a moment and needed at or after it. */
function aliveAt(uses: readonly (readonly number[])[], at: number): number[] {
  const before = new Set(uses.slice(0, at + 1).flat());
  const after = new Set(uses.slice(at).flat());
  return [...before].filter((buffer) => after.has(buffer));
}

function requireApart(
  alive: readonly number[],
  offsets: readonly number[],
  buffers: readonly { size: number }[],
  rows: number,
): void {
  const sorted = [...alive].sort((a, b) => offsets[a] - offsets[b]);
  for (let i = 1; i < sorted.length; i++) {
    assert.ok(offsets[sorted[i]] >= offsets[sorted[i - 1]] + buffers[sorted[i - 1]].size * rows);
  }
}
