import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type BinaryFunction,
  binaryFunctions,
  binaryNames,
  type UnaryFunction,
  unaryFunctions,
  unaryNames,
} from '../../src/shared/kernels/elementwise.js';
import { flushed } from '../../src/shared/kernels/reference/denormals.js';
import { call, type KernelCase, unwritten } from '../helpers/kernelCase.js';
import { runCase } from '../helpers/kernelLaws.js';
import { createWith, skipReason, supported } from './nativeCases.js';

/** The native functions over their whole range, held against those of JavaScript. */

const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const special = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  7,
  1e-30,
  -1e-30,
  88,
  -88,
  103,
  -103,
  1e30,
  -1e30,
  inf,
  -inf,
  nan,
];
const spread = Array.from({ length: 400 }, (_, i) => (i - 199.5) / 13);
const values = Float32Array.from([...special, ...spread]);

/** Units in the last place of float32 by which a function may differ; 4 where nothing is said. */
const allowed: Partial<Record<UnaryFunction, number>> = { sinh: 8, cosh: 8, erf: 8, log1p: 8 };

/** The sine of what is beyond 10⁴ has no digits left to speak of. */
const outside = (name: string, x: number): boolean =>
  (name === 'sin' || name === 'cos') && Math.abs(x) > 1e4 && Number.isFinite(x);

function run(calls: KernelCase['calls'], inputs: Readonly<Record<string, Float32Array>>): Float32Array {
  const size = Object.values(inputs)[0].length;
  const names = [...Object.keys(inputs), 'y'];
  const buffers = Object.fromEntries(names.map((name) => [name, unwritten(size)]));
  const given: KernelCase = { name: 'functions', buffers, parameterLength: 0, sumCount: 0, calls };
  const { buffers: made } = runCase(createWith(supported[0]), given, 1, 1, ({ memory, at }) => {
    for (const [name, numbers] of Object.entries(inputs)) memory.f32.set(numbers, at[name]);
  });
  return made.y;
}

function assertNear(got: number, exact: number, ulps: number, what: string): void {
  // Kernels take a denormal for 0.
  const expected = flushed(Math.fround(exact));
  if (Object.is(got, expected) || got === expected) return;
  const unit = Math.max(Math.abs(expected), 2 ** -126) * 2 ** -23;
  assert.ok(Math.abs(got - expected) <= ulps * unit, `${what} is ${got}, not ${expected}`);
}

describe('A native function of one number is that of JavaScript', { skip: skipReason }, () => {
  unaryNames.forEach((name, number) => {
    test(name, () => {
      const size = values.length;
      const y = run(({ x, y }) => [call('unary', { x, y, size, function: number })], { x: values });
      values.forEach((x, i) => {
        if (!outside(name, x)) assertNear(y[i], unaryFunctions[name](x), allowed[name] ?? 4, `${name}(${x})`);
      });
    });
  });
});

describe('A native function of two numbers is that of JavaScript', { skip: skipReason }, () => {
  const some = [...special, 3, -3, 0.3, 10.5];
  const pairs = some.flatMap((a) => some.map((b) => [a, b] as const));
  const [as, bs] = [0, 1].map((side) => Float32Array.from(pairs, (pair) => pair[side]));
  binaryNames.forEach((name: BinaryFunction, number) => {
    test(name, () => {
      const args = { size: pairs.length, function: number, number: 0, reversed: 0 };
      const y = run(({ a, b, y }) => [call('binary', { a, b, y, ...args })], { a: as, b: bs });
      as.forEach((a, i) => {
        const b = bs[i];
        // JavaScript alone has no power of ±1 to an infinite exponent.
        if (name === 'pow' && Math.abs(a) === 1 && !Number.isFinite(b)) return;
        // A power's digits are lost with the size of its logarithm.
        const ulps = name === 'pow' ? 4 + 4 * Math.abs(b * Math.log(Math.abs(a) || 1)) : 1;
        assertNear(y[i], binaryFunctions[name](a, b), ulps, `${name}(${a}, ${b})`);
      });
    });
  });
});
