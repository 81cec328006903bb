import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sumTerms, type UpdateCall } from '../../src/shared/kernels/updateCall.js';
import type { Column, ColumnArray } from '../../src/shared/memory/dataset.js';
import type { OptimizerSpec } from '../../src/shared/optimizers/optimizers.js';
import { ruleOf } from '../../src/shared/optimizers/updateRules.js';
import { emptyStages } from '../../src/shared/program/program.js';
import type { Engine } from '../../src/worker/engines/engine.js';
import { createReferenceEngine } from '../../src/worker/engines/reference.js';
import type { CreateEngine } from '../helpers/kernelLaws.js';
import { bits, fillUniform, passesFor, read, testArena } from '../helpers/kernelMemory.js';
import { callOf, optimizerCases } from '../helpers/optimizerCases.js';
import { createWith, skipReason, supported } from './nativeCases.js';

const SIZE = 83;
const FROM = 16;
const TO = 80;

const treatments = {
  '': {},
  ', scaled, clipped and decayed': { gradientScale: 0.7, clip: 0.4, weightLoss: 0.03 },
} satisfies Record<string, Partial<UpdateCall>>;

for (const [name, optimizer] of Object.entries(optimizerCases)) {
  for (const [how, treatment] of Object.entries(treatments)) {
    test(`native and reference agree on ${name}${how}, and all builds on its bits`, { skip: skipReason }, () => {
      requireAgreement((create) => updated(create, optimizer, treatment));
    });
    if (ruleOf(optimizer).shapeScalars === undefined) continue;
    test(`native and reference agree on ${name} of matrices${how}, and all builds on its bits`, {
      skip: skipReason,
    }, () => {
      requireAgreement((create) => updated(create, optimizer, treatment, [2, 4, 8]));
    });
  }
}

test('native and reference agree on moving averages, and all builds on their bits', { skip: skipReason }, () => {
  requireAgreement((create) => {
    const arena = filledArena();
    const { p, g, m0 } = arena.at;
    const untreated = { gradientScale: 1, clip: Number.POSITIVE_INFINITY, weightLoss: 0 };
    const call = { parameters: p, gradient: g, vectors: [m0], from: FROM, to: TO, ...untreated, scalars: [0.9] };
    engineOver(create, arena.memory).update('average', call);
    return vectorsOf(arena);
  });
});

const rules = {
  'gradients of penalties': ['penaltyGradient', [0.2, 0.3]],
  'weights of at least 0': ['nonNegative', []],
  'weights of bounded length, vectors apart': ['boundedNorm', [4, 16, 0.1, 0.5, 0.8, 1e-7]],
  'weights of bounded length, one behind the other': ['boundedNorm', [8, 2, 1, 1, 1, 1e-7]],
} as const;

for (const [what, [kernel, scalars]] of Object.entries(rules)) {
  test(`native and reference agree on ${what}, and all builds on their bits`, { skip: skipReason }, () => {
    requireAgreement((create) => {
      const arena = filledArena();
      fillUniform(arena, 'p', 7, [-1, 1]);
      const { p, g } = arena.at;
      const untreated = { gradientScale: 1, clip: Number.POSITIVE_INFINITY, weightLoss: 0 };
      engineOver(create, arena.memory).update(kernel, {
        ...{ parameters: p, gradient: g, vectors: [], from: FROM, to: TO },
        ...untreated,
        scalars,
      });
      return vectorsOf(arena);
    });
  });
}

for (const term of sumTerms) {
  for (const length of [1, 16, 83, 4096, 5000]) {
    test(`native and reference agree on the sum of ${length} ${term}, and all builds on its bits`, {
      skip: skipReason,
    }, () => {
      const arena = testArena({ batchRows: 1, vectors: { p: length } });
      fillUniform(arena, 'p', 3, [-1, 1]);
      const sumWith = (create: CreateEngine): number =>
        engineOver(create, arena.memory).sumOf(term, arena.at.p, length);
      const [best, ...others] = supported.map((isa) => sumWith(createWith(isa)));
      const expected = sumWith(createReferenceEngine);
      assert.ok(Math.abs(best - expected) <= 1e-12 * expected, `${best}, expected ${expected}`);
      for (const other of others) assert.equal(other, best);
    });
  }
}

function requireAgreement(run: (create: CreateEngine) => Record<string, Float32Array>): void {
  const expected = run(createReferenceEngine);
  const [best, ...others] = supported.map((isa) => run(createWith(isa)));
  for (const [vector, values] of Object.entries(expected)) {
    values.forEach((value, e) => {
      assert.ok(Math.abs(best[vector][e] - value) <= 2e-6, `${vector}[${e}] is ${best[vector][e]}, expected ${value}`);
    });
    for (const other of others) assert.deepEqual(bits(other[vector]), bits(best[vector]), vector);
  }
}

const names = ['p', 'g', 'm0', 'm1', 'm2'] as const;

function filledArena() {
  const arena = testArena({ batchRows: 1, vectors: { p: SIZE, g: SIZE, m0: SIZE, m1: SIZE, m2: SIZE } });
  names.forEach((name, key) => {
    // Gradients of both signs; the second vector, a variance in some optimizers, stays above the squared first.
    fillUniform(arena, name, key, name === 'g' ? [-1, 1] : name === 'm1' ? [0.01, 0.1] : [0.1, 1]);
  });
  return arena;
}

function vectorsOf(arena: ReturnType<typeof filledArena>): Record<string, Float32Array> {
  return Object.fromEntries(names.map((name) => [name, read(arena, name)]));
}

/** Parameters and moments after three updates of elements [FROM, TO). */
function updated(
  create: CreateEngine,
  optimizer: OptimizerSpec,
  treatment: Partial<UpdateCall>,
  shape?: readonly number[],
): Record<string, Float32Array> {
  const arena = filledArena();
  const engine = engineOver(create, arena.memory);
  const { p, g, m0, m1, m2 } = arena.at;
  const rule = ruleOf(optimizer);
  const vectors = rule.vectors(optimizer).map((name, i) => (name === null ? -1 : [m0, m1, m2][i]));
  const places = { parameters: p, gradient: g, vectors, from: FROM, to: TO };
  for (let step = 0; step < 3; step++) {
    engine.update(rule.kernel.name, { ...callOf(optimizer, places, step, shape), ...treatment });
  }
  return vectorsOf(arena);
}

test('native and reference add slabs to the same bits, over the slice only', { skip: skipReason }, () => {
  const results = [createReferenceEngine, ...supported.map(createWith)].map((create) => {
    const arena = testArena({ batchRows: 1, vectors: { a: 9001, b: 9001, c: 9001 } });
    (['a', 'b', 'c'] as const).forEach((name, key) => {
      fillUniform(arena, name, key);
    });
    const { a, b, c } = arena.at;
    engineOver(create, arena.memory).reduce(Int32Array.of(b, c, a, b), 7, 8990);
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
          const engine = engineOver(create, arena.memory, rows);
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

function engineOver(create: CreateEngine, memory: ReturnType<typeof testArena>['memory'], batchCapacity = 1): Engine {
  const stages = emptyStages;
  return create({
    memory,
    stages,
    batchCapacity,
    passCapacity: batchCapacity,
    passShards: batchCapacity,
    slabLength: 0,
    vectorLength: 0,
  });
}
