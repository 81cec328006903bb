import {
  type BinaryFunction,
  binaryNames,
  reductions,
  type UnaryFunction,
  unaryNames,
} from '../../src/shared/kernels/elementwise.js';
import { aligned, call, type KernelCase, uniform, unwritten, zeroOrOne } from './kernelCase.js';

/** Functions of positive numbers alone; every other one is given numbers of both signs. */
const OF_POSITIVE: readonly (UnaryFunction | BinaryFunction)[] = ['sqrt', 'rsqrt', 'log', 'pow', 'reciprocal', 'div'];

function unaryCase(size: number, isPositive: boolean): KernelCase {
  const names = unaryNames.filter((name) => OF_POSITIVE.includes(name) === isPositive);
  return {
    name: `functions of ${size} ${isPositive ? 'positive' : 'real'} numbers`,
    buffers: {
      x: isPositive ? uniform(size, 0.1, 4) : uniform(size, -0.9, 4),
      ...Object.fromEntries(names.map((name) => [name, unwritten(size)])),
    },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ x, ...y }) =>
      names.map((name) => call('unary', { x, y: y[name], size, function: unaryNames.indexOf(name) })),
  };
}

/** Two buffers, a buffer and a number, and a number and a buffer. */
function binaryCase(size: number, isPositive: boolean): KernelCase {
  const names = binaryNames.filter((name) => OF_POSITIVE.includes(name) === isPositive);
  const results = names.flatMap((name) => [name, `${name} number`, `number ${name}`]);
  const values = isPositive ? uniform(size, 0.1, 2) : uniform(size, -2, 2);
  return {
    name: `functions of two times ${size} ${isPositive ? 'positive' : 'real'} numbers`,
    buffers: { a: values, b: values, ...Object.fromEntries(results.map((name) => [name, unwritten(size)])) },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ a, b, ...y }) =>
      names.flatMap((name) => {
        const own = { a, size, function: binaryNames.indexOf(name), number: 0.7 };
        return [
          call('binary', { ...own, b, y: y[name], reversed: 0 }),
          call('binary', { ...own, b: -1, y: y[`${name} number`], reversed: 0 }),
          call('binary', { ...own, b: -1, y: y[`number ${name}`], reversed: 1 }),
        ];
      }),
  };
}

function selectCase(size: number): KernelCase {
  const numbers = { size, aNumber: 2, bNumber: -3 };
  return {
    name: `choices of ${size} elements, and constants in every row`,
    buffers: {
      condition: zeroOrOne(size),
      a: uniform(size),
      b: uniform(size),
      both: unwritten(size),
      first: unwritten(size),
      second: unwritten(size),
      repeated: unwritten(size),
    },
    parameterLength: 16 + aligned(size),
    sumCount: 0,
    calls: ({ condition, a, b, both, first, second, repeated }) => [
      call('select', { condition, a, b, y: both, ...numbers }),
      call('select', { condition, a, b: -1, y: first, ...numbers }),
      call('select', { condition, a: -1, b, y: second, ...numbers }),
      call('repeatParameter', { w: 16, y: repeated, size }),
    ],
  };
}

function reduceCase(outer: number, length: number, inner: number): KernelCase {
  return {
    name: `reductions of ${outer}×${length}×${inner}`,
    buffers: {
      x: uniform(outer * length * inner),
      ...Object.fromEntries(reductions.map((name) => [name, unwritten(outer * inner)])),
    },
    parameterLength: 0,
    sumCount: 0,
    calls: ({ x, ...y }) =>
      reductions.map((name, reduction) => call('reduceAxis', { x, y: y[name], outer, length, inner, reduction })),
  };
}

/** Functions element by element and over axes: sizes of 1, primes and those just beyond 16. */
export const elementwiseCases: readonly KernelCase[] = [
  ...[1, 19, 64].flatMap((size) => [true, false].map((isPositive) => unaryCase(size, isPositive))),
  ...[1, 19, 64].flatMap((size) => [true, false].map((isPositive) => binaryCase(size, isPositive))),
  selectCase(1),
  selectCase(19),
  reduceCase(1, 1, 1),
  reduceCase(3, 19, 1),
  reduceCase(2, 5, 17),
  reduceCase(1, 64, 3),
];
