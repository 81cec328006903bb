import assert from 'node:assert/strict';
import { test } from 'node:test';
import { erf } from '../../src/shared/kernels/erf.js';
import { findAddon, mathFunctions } from '../../src/shared/native/addon.js';
import { bits } from '../helpers/kernelMemory.js';
import { skipReason, supported } from './nativeCases.js';

type MathFunction = keyof typeof mathFunctions;

interface MathCase {
  readonly fn: MathFunction;
  readonly exact: (x: number) => number;
  readonly from: number;
  readonly to: number;
}

/** Where the result is a normal float32. */
const mathCases: readonly MathCase[] = [
  { fn: 'exp', exact: Math.exp, from: -87.3, to: 88.7 },
  { fn: 'exp', exact: Math.exp, from: -1, to: 1 },
  { fn: 'log', exact: Math.log, from: 1e-37, to: 1e-3 },
  { fn: 'log', exact: Math.log, from: 1e-3, to: 4 },
  { fn: 'log', exact: Math.log, from: 4, to: 3e38 },
  { fn: 'log1p', exact: Math.log1p, from: 0, to: 1 },
  { fn: 'expm1', exact: Math.expm1, from: -20, to: 88 },
  { fn: 'expm1', exact: Math.expm1, from: -1.5, to: 1.5 },
  { fn: 'expm1', exact: Math.expm1, from: -1e-6, to: 1e-6 },
  { fn: 'log1p', exact: Math.log1p, from: 0, to: 1e-6 },
  {
    fn: 'sigmoid',
    exact: (x) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))),
    from: -87,
    to: 30,
  },
  { fn: 'tanh', exact: Math.tanh, from: -10, to: 10 },
  { fn: 'tanh', exact: Math.tanh, from: -0.7, to: 0.7 },
  { fn: 'erf', exact: erf, from: -5, to: 5 },
  { fn: 'erf', exact: erf, from: -1e-3, to: 1e-3 },
];

const COUNT = 400_000;

for (const { fn, exact, from, to } of mathCases) {
  test(`${fn} is within 2 ulp between ${from} and ${to}`, { skip: skipReason }, () => {
    const x = Float32Array.from({ length: COUNT }, (_, i) => from + ((to - from) * i) / (COUNT - 1));
    const worst = worstUlps(x, map(supported[0], fn, x), exact);
    assert.ok(worst.ulps <= 2, `${fn}(${worst.x}) is off by ${worst.ulps} ulp`);
  });
}

for (const fn of Object.keys(mathFunctions) as MathFunction[]) {
  test(`${fn} has the same bits on every instruction set`, { skip: skipReason }, () => {
    const words = Uint32Array.from({ length: 300_000 }, (_, i) => Math.imul(i, 0x9e3779b1));
    // NaNs have payloads that no rule fixes.
    const x = new Float32Array(words.buffer).filter((value) => !Number.isNaN(value));
    const expected = quietNaNs(map(supported[0], fn, x));
    for (const isa of supported.slice(1)) assert.deepEqual(bits(quietNaNs(map(isa, fn, x))), bits(expected), isa);
  });
}

test('functions take infinities and NaN as mathematics does', { skip: skipReason }, () => {
  const ends = Float32Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN, 0, -1);
  assert.deepEqual([...map(supported[0], 'exp', ends)].slice(0, 4), [0, Number.POSITIVE_INFINITY, Number.NaN, 1]);
  assert.deepEqual([...map(supported[0], 'log', ends)].slice(1), [
    Number.POSITIVE_INFINITY,
    Number.NaN,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  ]);
  assert.deepEqual([...map(supported[0], 'sigmoid', ends)].slice(0, 4), [0, 1, Number.NaN, 0.5]);
  assert.deepEqual([...map(supported[0], 'tanh', ends)].slice(0, 4), [-1, 1, Number.NaN, 0]);
  assert.deepEqual([...map(supported[0], 'erf', ends)].slice(0, 4), [-1, 1, Number.NaN, 0]);
});

function map(isa: (typeof supported)[number], fn: MathFunction, x: Float32Array): Float32Array {
  const y = new Float32Array(x.length);
  findAddon().addon?.map(isa, mathFunctions[fn], x, y);
  return y;
}

function quietNaNs(values: Float32Array): Float32Array {
  return values.map((value) => (Number.isNaN(value) ? Number.NaN : value));
}

/** The largest distance from the exact value, in units of the last place of the exact value as float32. */
function worstUlps(x: Float32Array, y: Float32Array, exact: (x: number) => number): { ulps: number; x: number } {
  let worst = { ulps: 0, x: 0 };
  x.forEach((value, i) => {
    const wanted = exact(value);
    const ulp = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(wanted))), -126) - 23);
    const ulps = Math.abs(y[i] - wanted) / ulp;
    if (ulps > worst.ulps || Number.isNaN(ulps)) worst = { ulps, x: value };
  });
  return worst;
}
