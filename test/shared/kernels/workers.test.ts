import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { segmentsOf } from '../../../src/coordinator/compiler/lower/instructions.js';
import { kernelTable } from '../../../src/shared/kernels/table.js';
import { createReferenceEngine } from '../../../src/worker/engines/reference.js';
import { arenaFor, batchSizes, kernelCases, workerCounts } from '../../helpers/kernelCases.js';
import { assertSameBits, assertStaysInside, engineOver, runCase } from '../../helpers/kernelLaws.js';
import { passesFor } from '../../helpers/kernelMemory.js';

describe('workers do not matter to the reference kernels', () => {
  for (const kernelCase of kernelCases) {
    test(`${kernelCase.name}: rows, sums and gradients have the same bits for any number of ranks`, () => {
      for (const rows of batchSizes) {
        const alone = runCase(createReferenceEngine, kernelCase, rows, 1);
        for (const workers of workerCounts) {
          const together = runCase(createReferenceEngine, kernelCase, rows, workers);
          assertSameBits(together, alone, `${rows} rows, ${workers} workers`);
        }
      }
    });
  }

  test('a rank writes its own rows, slabs and sums and nothing else', () => {
    for (const kernelCase of kernelCases) {
      for (const rank of [0, 1, 2]) assertStaysInside(createReferenceEngine, kernelCase, 11, 3, rank);
    }
  });

  test('a rank without rows writes nothing', () => {
    for (const kernelCase of kernelCases) {
      const arena = arenaFor(kernelCase, 2);
      const before = new Uint32Array(arena.bytes).slice();
      const idle = passesFor(2, 8, 5, { slabs: arena.slabs })[4];
      assert.equal(idle.rows, 0);
      const calls = kernelCase.calls(arena.at);
      const engine = engineOver(createReferenceEngine, arena, calls, 2);
      for (let segment = 0; segment < segmentsOf(calls).length; segment++) engine.run('backward', segment, idle);
      assert.deepEqual(new Uint32Array(arena.bytes).slice(), before);
    }
  });

  test('every kernel of the table stands in a case', () => {
    const covered = new Set(
      kernelCases
        .flatMap(({ calls, averages }) => [...calls({}), ...(averages?.({}) ?? [])])
        .map(({ kernel }) => kernel),
    );
    covered.delete('sync');
    assert.deepEqual([...covered].sort(), Object.keys(kernelTable).sort());
  });

  test('every element that a case leaves behind is finite', () => {
    for (const kernelCase of kernelCases) {
      const { buffers, sums } = runCase(createReferenceEngine, kernelCase, 7, 2);
      for (const [name, { content }] of Object.entries(kernelCase.buffers)) {
        if (content.kind === 'classes') continue;
        assert.ok(buffers[name].every(Number.isFinite), `${kernelCase.name}: ${name}`);
      }
      assert.ok(sums.slice(0, 7 * kernelCase.sumCount).every(Number.isFinite), `${kernelCase.name}: sums`);
    }
  });
});
