import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inputActivations } from '../../src/shared/kernels/activations.js';
import { unaryNames } from '../../src/shared/kernels/elementwise.js';
import { createReferenceEngine } from '../../src/worker/engines/reference.js';
import { call, type KernelCase, uniform, unwritten } from '../helpers/kernelCase.js';
import { kernelCases } from '../helpers/kernelCases.js';
import { type Outcome, runCase } from '../helpers/kernelLaws.js';
import type { TestArena } from '../helpers/kernelMemory.js';
import { createWith, skipReason, supported } from './nativeCases.js';

const [best, ...others] = supported;
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const LEAST_NORMAL = 2 ** -126;

/** What is strewn over the numbers that kernels read, one kind at a time. */
const kinds: Readonly<Record<string, readonly number[]>> = {
  NaN: [nan],
  infinite: [inf, -inf],
  zeros: [0, -0],
  denormal: [1e-40, -1e-40, 2 ** -149, LEAST_NORMAL - 2 ** -149],
  'least normal': [LEAST_NORMAL, -LEAST_NORMAL, LEAST_NORMAL * 1.5],
  large: [2 ** 40, -(2 ** 38), 2 ** 36, -(2 ** 34)],
  'large and not finite': [nan, inf, -inf, -0, 2 ** 40, -(2 ** 38)],
  huge: [3e38, -3e38, 1e30, -1e20],
  mixed: [nan, inf, -inf, -0, 1e-40, LEAST_NORMAL, 3e38, -3e38],
};

/** Puts a value of the kind in the place of every third number of the buffers that hold any numbers. */
function strew({ buffers }: KernelCase, values: readonly number[]): (arena: TestArena<string, never>) => void {
  return ({ memory: { f32 }, at, lengths }) => {
    for (const [name, { content }] of Object.entries(buffers)) {
      if (content.kind !== 'uniform') continue;
      for (let e = 0; e < lengths[name]; e += 3) f32[at[name] + e] = values[(e / 3) % values.length];
    }
  };
}

/**
 * Kinds of which the reference is told too. It multiplies and adds in float64, which holds what overflows float32 on its way: no
 * kernel multiplies more than three numbers that it is given before it rounds, so up to 2^40, whose cube is 2^120, a sum of a
 * hundred products is a number in both. Of huge numbers, and of infinite ones beside those whose product with a weight is
 * denormal, only the builds for instruction sets are compared.
 */
const referenceKinds = ['NaN', 'infinite', 'zeros', 'denormal', 'least normal', 'large', 'large and not finite'];

/** A filter that lies in the padding alone: natively 0 times a gradient that is not finite, in the reference nothing. */
const inPadding = (name: string): boolean => name.startsWith('conv2d 3×2×2 window 5×5');

const partsOf = ({ buffers, sums, gradient, parameters }: Outcome) =>
  Object.entries({ ...buffers, sums, gradient, parameters });

for (const kernelCase of kernelCases) {
  test(`every build takes extreme numbers alike: ${kernelCase.name}`, { skip: skipReason }, () => {
    for (const [kind, values] of Object.entries(kinds)) {
      const run = (create: Parameters<typeof runCase>[0]): Outcome =>
        runCase(create, kernelCase, 5, 1, strew(kernelCase, values));
      const expected = partsOf(run(createWith(best)));
      const compare = (build: string, actual: Outcome, sameAs: (numbers: ArrayLike<number>) => Same): void => {
        partsOf(actual).forEach(([name, numbers], i) => {
          const [, right] = expected[i];
          assert.equal(firstOther(numbers, right, sameAs(right)), null, `${build}, ${kind}: ${name}`);
        });
      };
      for (const isa of others) compare(isa, run(createWith(isa)), () => Object.is);
      const isTold = referenceKinds.includes(kind) && !(!values.every(Number.isFinite) && inPadding(kernelCase.name));
      if (isTold) compare('reference', run(createReferenceEngine), alikeAmong);
    }
  });
}

test('every build has the slope 1 or 0 of smooth activations, however far out', { skip: skipReason }, () => {
  const far = [110, 1e12, 1e18, 3e38].flatMap((x) => [x, -x]);
  for (const name of ['swish', 'gelu', 'geluTanh', 'mish'] as const) {
    const args = { size: far.length, activation: inputActivations.indexOf(name), alpha: 0, threshold: 0, limit: 6 };
    const kernelCase: KernelCase = {
      name,
      buffers: { x: uniform(far.length), dy: uniform(far.length, 1, 1), dx: unwritten(far.length) },
      parameterLength: 0,
      sumCount: 0,
      calls: ({ x, dy, dx }) => [{ kernel: 'inputActivationBackward', args: { x, dy, dx, ...args } }],
    };
    for (const isa of supported) {
      const { buffers } = runCase(createWith(isa), kernelCase, 1, 1, ({ memory, at }) => memory.f32.set(far, at.x));
      const slopes = [...buffers.dx].map((slope) => slope + 0);
      assert.deepEqual(slopes, [1, 0, 1, 0, 1, 0, 1, 0], `${name} on ${isa}`);
    }
  }
});

test('every build has the sine and the cosine of an angle, whatever stands beside it', { skip: skipReason }, () => {
  const angles = [1, 8191.5, 8193, 1e5, 123_456_789, 2 ** 31, 2 ** 51].flatMap((x) => [
    Math.fround(x),
    -Math.fround(x),
  ]);
  const strewn = [...angles, nan, inf, 1e30, -3e38];
  for (const name of ['sin', 'cos'] as const) {
    const kernelCase: KernelCase = {
      name,
      buffers: { x: uniform(strewn.length), y: unwritten(strewn.length) },
      parameterLength: 0,
      sumCount: 0,
      calls: ({ x, y }) => [call('unary', { x, y, size: strewn.length, function: unaryNames.indexOf(name) })],
    };
    for (const isa of supported) {
      const { buffers } = runCase(createWith(isa), kernelCase, 1, 1, ({ memory, at }) => memory.f32.set(strewn, at.x));
      angles.forEach((x, i) => {
        assert.ok(Math.abs(buffers.y[i] - Math[name](x)) <= 2e-7, `${name} of ${x} on ${isa} is ${buffers.y[i]}`);
      });
      const [ofNaN, ofInfinity, ...beyond] = buffers.y.slice(angles.length, strewn.length);
      assert.ok(Number.isNaN(ofNaN) && Number.isNaN(ofInfinity));
      assert.ok(
        beyond.every((y) => Math.abs(y) <= 1),
        `${name} on ${isa}: ${beyond}`,
      );
    }
  }
});

type Same = (a: number, b: number) => boolean;

/** The first place where two lists differ, as text; null where none does. */
function firstOther(a: ArrayLike<number>, b: ArrayLike<number>, same: Same): string | null {
  for (let e = 0; e < b.length; e++) if (!same(a[e], b[e])) return `[${e}] is ${a[e]}, not ${b[e]}`;
  return null;
}

/** Of one class, and where finite as near as the largest of all finite numbers, or 1, is exact. */
function alikeAmong(numbers: ArrayLike<number>): Same {
  const largest = Array.from(numbers, Math.abs).reduce(
    (most, size) => (size < Infinity ? Math.max(most, size) : most),
    1,
  );
  return (a, b) => Object.is(a, b) || a === b || (Number.isFinite(a) && Math.abs(a - b) <= 1e-5 * largest);
}
