import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReferenceEngine } from '../../src/worker/engines/reference.js';
import type { KernelCase } from '../helpers/kernelCase.js';
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
 * Kinds of which the reference is told too. It adds in float64, where a sum of huge numbers does not overflow on its way, so
 * that of those only the builds for instruction sets are compared.
 */
const referenceKinds = ['NaN', 'zeros', 'denormal', 'least normal'];

/** A filter that lies in the padding alone: natively 0 times a gradient that is NaN, in the reference nothing. */
const inPadding = (name: string): boolean => name.startsWith('conv2d 3×2×2 window 5×5');

const partsOf = ({ buffers, sums, gradient, parameters }: Outcome) =>
  Object.entries({ ...buffers, sums, gradient, parameters });

for (const kernelCase of kernelCases) {
  test(`every build takes extreme numbers alike: ${kernelCase.name}`, { skip: skipReason }, () => {
    for (const [kind, values] of Object.entries(kinds)) {
      const run = (create: Parameters<typeof runCase>[0]): Outcome =>
        runCase(create, kernelCase, 5, 1, strew(kernelCase, values));
      const expected = partsOf(run(createWith(best)));
      const compare = (build: string, actual: Outcome, same: (a: number, b: number) => boolean): void => {
        partsOf(actual).forEach(([name, numbers], i) => {
          assert.equal(firstOther(numbers, expected[i][1], same), null, `${build}, ${kind}: ${name}`);
        });
      };
      for (const isa of others) compare(isa, run(createWith(isa)), Object.is);
      const isTold = referenceKinds.includes(kind) && !(kind === 'NaN' && inPadding(kernelCase.name));
      if (isTold) compare('reference', run(createReferenceEngine), isAlike);
    }
  });
}

/** The first place where two lists differ, as text; null where none does. */
function firstOther(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  same: (a: number, b: number) => boolean,
): string | null {
  for (let e = 0; e < b.length; e++) if (!same(a[e], b[e])) return `[${e}] is ${a[e]}, not ${b[e]}`;
  return null;
}

/** Of one class, and near where finite. */
function isAlike(a: number, b: number): boolean {
  if (Object.is(a, b) || a === b) return true;
  return (
    Number.isFinite(a) && Number.isFinite(b) && Math.abs(a - b) <= 1e-4 * Math.max(Math.abs(a), Math.abs(b)) + 1e-4
  );
}
