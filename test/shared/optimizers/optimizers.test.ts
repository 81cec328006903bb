import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { adam, sgd } from '../../../src/index.js';
import type { OptimizerSpec, OptimizerSpecOf } from '../../../src/shared/optimizers/optimizers.js';
import { powerOf } from '../../../src/shared/optimizers/powerOf.js';
import { initialMoments, momentNames, ruleOf, updatesWhole } from '../../../src/shared/optimizers/updateRules.js';
import { createReferenceEngine } from '../../../src/worker/engines/reference.js';
import { engineOver } from '../../helpers/kernelLaws.js';
import { bits, fillUniform, read, type TestArena, testArena } from '../../helpers/kernelMemory.js';
import { callOf, optimizerCases } from '../../helpers/optimizerCases.js';

const LENGTH = 37;
const STEPS = 25;

/** One element's history in float64, written from the formulas of Keras 2. */
type Recurrence = (spec: OptimizerSpec, start: number, gradientAt: (step: number) => number) => number;

const adamRecurrence: Recurrence = (given, start, gradientAt) => {
  const spec = given as OptimizerSpecOf<'adam'>;
  let p = start;
  let m = 0;
  let v = 0;
  let vMax = 0;
  for (let step = 0; step < STEPS; step++) {
    const g = gradientAt(step);
    const t = step + 1;
    const lr = spec.learningRate / (1 + spec.decay * step);
    const lrT = (lr * Math.sqrt(1 - spec.beta2 ** t)) / (1 - spec.beta1 ** t);
    m = spec.beta1 * m + (1 - spec.beta1) * g;
    v = spec.beta2 * v + (1 - spec.beta2) * g ** 2;
    vMax = Math.max(vMax, v);
    p -= (lrT * m) / (Math.sqrt(spec.amsgrad ? vMax : v) + spec.epsilon);
  }
  return p;
};

const sgdRecurrence: Recurrence = (given, start, gradientAt) => {
  const spec = given as OptimizerSpecOf<'sgd'>;
  let p = start;
  let velocity = 0;
  for (let step = 0; step < STEPS; step++) {
    const lr = spec.learningRate / (1 + spec.decay * step);
    velocity = spec.momentum * velocity - lr * gradientAt(step);
    p += spec.nesterov ? spec.momentum * velocity - lr * gradientAt(step) : velocity;
  }
  return p;
};

const recurrences: readonly [string, OptimizerSpec, Recurrence][] = [
  ['Adam', adam({ learningRate: 0.01 }), adamRecurrence],
  ['Adam with decay', adam({ learningRate: 0.01, decay: 0.1 }), adamRecurrence],
  ['Adam with amsgrad', adam({ learningRate: 0.01, amsgrad: true, beta2: 0.9 }), adamRecurrence],
  ['Adam with decay and amsgrad', adam({ learningRate: 0.01, amsgrad: true, beta2: 0.9, decay: 0.03 }), adamRecurrence],
  ['SGD', sgd({ learningRate: 0.05 }), sgdRecurrence],
  ['SGD with decay', sgd({ learningRate: 0.05, decay: 0.2 }), sgdRecurrence],
  ['SGD with momentum', sgd({ learningRate: 0.05, momentum: 0.9 }), sgdRecurrence],
  [
    'SGD with Nesterov momentum',
    sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true, decay: 0.01 }),
    sgdRecurrence,
  ],
];

/** Gradients that shrink over the steps, so that the largest v of amsgrad is an early one. */
const gradientAt = (e: number, step: number): number =>
  Math.fround(Math.sin(1 + e * 1.7 + step * 2.3) / (1 + 0.3 * step));

interface Trained {
  readonly arena: TestArena<string, string>;
  readonly start: Float32Array;
}

/** Applies STEPS updates, each by ranks that own the slices between `cuts`. */
function train(spec: OptimizerSpec, cuts: readonly number[]): Trained {
  const lengths = Object.fromEntries(['p', 'g', ...momentNames(spec)].map((name) => [name, LENGTH]));
  const arena = testArena<string, string>({ batchRows: 0, vectors: lengths });
  const { memory, at } = arena;
  fillUniform(arena, 'p', 4);
  momentNames(spec).forEach((name, i) => {
    memory.f32.fill(initialMoments(spec)[i], at[name], at[name] + LENGTH);
  });
  const start = read(arena, 'p');
  const engine = engineOver(createReferenceEngine, arena as TestArena<string, never>, [], 0);
  const rule = ruleOf(spec);
  const vectors = rule.vectors(spec).map((name) => (name === null ? -1 : at[name]));
  for (let step = 0; step < STEPS; step++) {
    for (let e = 0; e < LENGTH; e++) memory.f32[at.g + e] = gradientAt(e, step);
    for (let i = 0; i + 1 < cuts.length; i++) {
      const places = { parameters: at.p, gradient: at.g, vectors, from: cuts[i], to: cuts[i + 1] };
      engine.update(rule.kernel.name, callOf(spec, places, step));
    }
  }
  return { arena, start };
}

describe('optimizers', () => {
  for (const [name, spec, recurrence] of recurrences) {
    test(`${name} follows its recurrence in float64`, () => {
      const { arena, start } = train(spec, [0, LENGTH]);
      read(arena, 'p').forEach((value, e) => {
        const expected = recurrence(spec, start[e], (step) => gradientAt(e, step));
        assert.ok(Math.abs(value - expected) < 2e-6, `element ${e} is ${value}, expected ${expected}`);
      });
    });
  }

  for (const [name, spec] of Object.entries(optimizerCases)) {
    if (updatesWhole(spec)) continue;
    test(`${name} gives the same bits however the vector is cut into slices`, () => {
      const whole = train(spec, [0, LENGTH]).arena;
      const cut = train(spec, [0, 5, 5, 16, LENGTH]).arena;
      for (const vector of ['p', ...momentNames(spec)])
        assert.deepEqual(bits(read(cut, vector)), bits(read(whole, vector)));
    });
  }

  test('an update changes its slice alone', () => {
    const { arena, start } = train(optimizerCases.SGD, [10, 20]);
    const after = read(arena, 'p');
    assert.deepEqual(after.slice(0, 10), start.slice(0, 10));
    assert.deepEqual(after.slice(20), start.slice(20));
    assert.ok(after.slice(10, 20).every((value, e) => value !== start[10 + e]));
  });

  test('a whole power is within rounding of Math.pow', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 1, noNaN: true }), fc.nat(5000), (x, n) => {
        assert.ok(Math.abs(powerOf(x, n) - x ** n) <= 1e-12 * x ** n + 1e-300);
      }),
    );
  });
});
