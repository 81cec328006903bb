import { erf } from './erf.js';

/**
 * Functions of numbers that kernels of `table/elementwise.ts` apply element by element, under TensorFlow.js's names. The
 * position in its list is the number by which kernels know a function. Truth is 1, anything else but 0 counts as true. The
 * native ones are in native/src/families/elementwise/functions.h.
 */
export const unaryFunctions = {
  neg: (x) => -x,
  abs: Math.abs,
  square: (x) => x * x,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  erf,
  sign: Math.sign,
  step: (x) => (Number.isNaN(x) ? x : truth(x > 0)),
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundToEven,
  trunc: Math.trunc,
  sin: Math.sin,
  cos: Math.cos,
  sinh: Math.sinh,
  cosh: Math.cosh,
  atan: Math.atan,
  isNan: (x) => truth(Number.isNaN(x)),
  isInf: (x) => truth(Math.abs(x) === Number.POSITIVE_INFINITY),
  isFinite: (x) => truth(Number.isFinite(x)),
  logicalNot: (x) => truth(x === 0),
} as const satisfies Readonly<Record<string, (x: number) => number>>;

export const binaryFunctions = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
  pow: (a, b) => a ** b,
  equal: (a, b) => truth(a === b),
  notEqual: (a, b) => truth(a !== b),
  less: (a, b) => truth(a < b),
  lessEqual: (a, b) => truth(a <= b),
  logicalAnd: (a, b) => truth(a !== 0 && b !== 0),
  logicalOr: (a, b) => truth(a !== 0 || b !== 0),
} as const satisfies Readonly<Record<string, (a: number, b: number) => number>>;

/** What a reduction makes of two of its elements; the mean is the sum over their number. An arg is the index of the first. */
export const reductions = ['sum', 'mean', 'max', 'min', 'prod', 'argMax', 'argMin'] as const;

export type UnaryFunction = keyof typeof unaryFunctions;
export type BinaryFunction = keyof typeof binaryFunctions;
export type Reduction = (typeof reductions)[number];

export const unaryNames = Object.keys(unaryFunctions) as readonly UnaryFunction[];
export const binaryNames = Object.keys(binaryFunctions) as readonly BinaryFunction[];

function truth(value: boolean): number {
  return value ? 1 : 0;
}

/** The nearest whole number, of two the even one. */
function roundToEven(x: number): number {
  const below = Math.floor(x);
  if (x - below !== 0.5) return Math.round(x);
  return below % 2 === 0 ? below : below + 1;
}
