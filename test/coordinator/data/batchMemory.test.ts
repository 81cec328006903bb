import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BatchMemory } from '../../../src/coordinator/data/batchMemory.js';
import type { Dataset } from '../../../src/coordinator/data/dataset.js';
import { columnArray } from '../../../src/shared/memory/dataset.js';

/** A batch of one column whose rows all have this value. */
function batchOf(rows: number, value: number): Dataset {
  const memory = new SharedArrayBuffer(rows * 8);
  new Float32Array(memory).fill(value);
  return {
    rows,
    inputs: [{ type: 'float32', memory, byteOffset: 0, size: 2, rows, scale: 1 }],
    targets: [],
    weights: [],
  };
}

const valuesOf = ({ inputs: [column] }: Dataset): number[] => [...columnArray(column)];

test('Batches that are needed keep their values; the memory of the others is used again', () => {
  const memory = new BatchMemory();
  const needed: Dataset[] = [];
  const seen = new Set<SharedArrayBuffer>();
  for (let step = 0; step < 50; step++) {
    // Every tenth batch is ragged.
    const kept = memory.keep(batchOf(step % 10 === 9 ? 2 : 3, step), (dataset) => needed.includes(dataset));
    seen.add(kept.inputs[0].memory);
    needed.push(kept);
    if (needed.length > 4) needed.shift();
    needed.forEach((dataset, i) => {
      const value = step - needed.length + 1 + i;
      assert.deepEqual(valuesOf(dataset), Array(value % 10 === 9 ? 4 : 6).fill(value));
    });
  }
  assert.equal(seen.size, 5);
});

test('A batch that is larger than those before gets more memory', () => {
  const memory = new BatchMemory();
  for (const rows of [1, 7, 2]) {
    assert.deepEqual(valuesOf(memory.keep(batchOf(rows, rows), () => false)), Array(2 * rows).fill(rows));
  }
});
