import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Column, ColumnArray } from '../../src/shared/dataset.js';
import { momentNames, type OptimizerSpec } from '../../src/shared/optimizers.js';
import { emptyStages } from '../../src/shared/program.js';
import type { Engine } from '../../src/worker/engines/engine.js';
import { createReferenceEngine } from '../../src/worker/engines/reference.js';
import type { CreateEngine } from '../helpers/kernelLaws.js';
import { bits, fillUniform, passesFor, read, testArena } from '../helpers/kernelMemory.js';
import { createWith, skipReason, supported } from './nativeCases.js';

const SIZE = 83;
const FROM = 16;
const TO = 80;

const adam = { kind: 'adam', learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-7, decay: 1e-3 } as const;
const sgd = { kind: 'sgd', learningRate: 0.1, decay: 0.01 } as const;

const optimizers = {
  adam: { ...adam, amsgrad: false },
  amsgrad: { ...adam, amsgrad: true },
  sgd: { ...sgd, momentum: 0, nesterov: false },
  momentum: { ...sgd, momentum: 0.9, nesterov: false },
  nesterov: { ...sgd, momentum: 0.9, nesterov: true },
} satisfies Record<string, OptimizerSpec>;

for (const [name, optimizer] of Object.entries(optimizers)) {
  test(`native and reference agree on ${name}, and all instruction sets on its bits`, { skip: skipReason }, () => {
    const expected = updated(createReferenceEngine, optimizer);
    const [best, ...others] = supported.map((isa) => updated(createWith(isa), optimizer));
    for (const [vector, values] of Object.entries(expected)) {
      values.forEach((value, e) => {
        assert.ok(
          Math.abs(best[vector][e] - value) <= 2e-6,
          `${vector}[${e}] is ${best[vector][e]}, expected ${value}`,
        );
      });
      for (const other of others) assert.deepEqual(bits(other[vector]), bits(best[vector]), vector);
    }
  });
}

/** Parameters and moments after three updates of elements [FROM, TO). */
function updated(create: CreateEngine, optimizer: OptimizerSpec): Record<string, Float32Array> {
  const vectors = { p: SIZE, g: SIZE, m0: SIZE, m1: SIZE, m2: SIZE };
  const arena = testArena({ batchRows: 1, vectors });
  (['p', 'g', 'm0', 'm1', 'm2'] as const).forEach((name, key) => {
    fillUniform(arena, name, key, [0.01, 1]);
  });
  const engine = engineOver(create, arena.memory, optimizer);
  const { p, g, m0, m1, m2 } = arena.at;
  const moments = [m0, m1, m2].slice(0, momentNames(optimizer).length);
  const slice = { parameters: p, gradient: g, moments, from: FROM, to: TO };
  for (let step = 0; step < 3; step++) engine.update(slice, optimizer.learningRate, step);
  return Object.fromEntries(
    (Object.keys(vectors) as (keyof typeof vectors)[]).map((name) => [name, read(arena, name)]),
  );
}

test('native and reference add slabs to the same bits, over the slice only', { skip: skipReason }, () => {
  const results = [createReferenceEngine, ...supported.map(createWith)].map((create) => {
    const arena = testArena({ batchRows: 1, vectors: { a: 9001, b: 9001, c: 9001 } });
    (['a', 'b', 'c'] as const).forEach((name, key) => {
      fillUniform(arena, name, key);
    });
    const { a, b, c } = arena.at;
    engineOver(create, arena.memory, optimizers.sgd).reduce(Int32Array.of(b, c, a, b), 7, 8990);
    return bits(read(arena, 'a'));
  });
  for (const result of results.slice(1)) assert.deepEqual(result, results[0]);
});

for (const type of ['float32', 'int32', 'uint8'] as const) {
  for (const size of [1, 19]) {
    test(`native and reference gather the same ${type} records of ${size}`, { skip: skipReason }, () => {
      const rows = 11;
      const column = columnOf(type, size, 23);
      const order = Int32Array.from({ length: 23 }, (_, i) => (i * 7) % 23);
      for (const given of [order, null]) {
        const [expected, ...actual] = [createReferenceEngine, ...supported.map(createWith)].map((create) => {
          const arena = testArena({ batchRows: rows, buffers: { x: size } });
          const engine = engineOver(create, arena.memory, optimizers.sgd, rows);
          for (const pass of passesFor(rows, 8, 3)) engine.gather(pass, column, arena.at.x, given, 12);
          return new Int32Array(read(arena, 'x').buffer);
        });
        // A byte times its scale is rounded once or twice; all else is copied.
        for (const values of actual) {
          values.forEach((value, e) => {
            assert.ok(Math.abs(value - expected[e]) <= (type === 'uint8' ? 1 : 0), `element ${e}`);
          });
          assert.deepEqual(values, actual[0]);
        }
      }
    });
  }
}

function columnOf(type: Column['type'], size: number, rows: number): { column: Column; values: ColumnArray } {
  const memory = new SharedArrayBuffer(size * rows * 4);
  const count = size * rows;
  const values =
    type === 'float32'
      ? new Float32Array(memory, 0, count)
      : type === 'int32'
        ? new Int32Array(memory, 0, count)
        : new Uint8Array(memory, 0, count);
  for (let e = 0; e < count; e++) values[e] = (e * 37) % 251;
  return { column: { type, memory, byteOffset: 0, size, rows, scale: 1 / 255 }, values };
}

function engineOver(
  create: CreateEngine,
  memory: ReturnType<typeof testArena>['memory'],
  optimizer: OptimizerSpec,
  batchCapacity = 1,
): Engine {
  const stages = emptyStages;
  return create({ memory, stages, optimizer, batchCapacity, slabLength: 0, vectorLength: 0 });
}
