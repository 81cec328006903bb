import type { BinaryFunction, Reduction, UnaryFunction } from '../../../../../shared/kernels/elementwise.js';
import type { GraphNode } from '../../../../tracing/graph.js';
import { elementTypes, type GraphBuilder } from '../../graph.js';

/** The element-by-element nodes of a traced graph. Truth is 1, and anything else but 0 counts as true. */

type Apply = (x: string, to: GraphBuilder) => string;
type Combine = (a: string, b: string, to: GraphBuilder) => string;

const operator =
  (op: string): Apply =>
  (x, to) =>
    to.node(op, [x]);

const numbers = (truth: string, to: GraphBuilder): string => to.node('Cast', [truth], { to: elementTypes.float32 });
const truth = (x: string, to: GraphBuilder): string => to.node('Cast', [x], { to: elementTypes.bool });
const question =
  (op: string): Apply =>
  (x, to) =>
    numbers(to.node(op, [x]), to);

/** x where it is near 0, its function elsewhere: the sum with 1 loses the digits of a small number. */
const nearZero =
  (far: Apply, near: Apply): Apply =>
  (x, to) => {
    const isNear = to.node('Less', [to.node('Abs', [x]), to.floats(NEAR)]);
    return to.node('Where', [isNear, near(x, to), far(x, to)]);
  };

const NEAR = 0.01;

/** Σ coefficient · xⁱ, from i = 1 on. */
const series =
  (coefficients: readonly number[]): Apply =>
  (x, to) => {
    const inner = coefficients
      .toReversed()
      .reduce<string | null>(
        (sum, coefficient) =>
          sum === null ? to.floats(coefficient) : to.node('Add', [to.node('Mul', [sum, x]), to.floats(coefficient)]),
        null,
      );
    return to.node('Mul', [x, inner as string]);
  };

const unary: Readonly<Record<UnaryFunction, Apply>> = {
  neg: operator('Neg'),
  abs: operator('Abs'),
  square: (x, to) => to.node('Mul', [x, x]),
  sqrt: operator('Sqrt'),
  rsqrt: (x, to) => to.node('Reciprocal', [to.node('Sqrt', [x])]),
  reciprocal: operator('Reciprocal'),
  exp: operator('Exp'),
  expm1: nearZero((x, to) => to.node('Sub', [to.node('Exp', [x]), to.floats(1)]), series([1, 1 / 2, 1 / 6, 1 / 24])),
  log: operator('Log'),
  log1p: nearZero((x, to) => to.node('Log', [to.node('Add', [x, to.floats(1)])]), series([1, -1 / 2, 1 / 3, -1 / 4])),
  sigmoid: operator('Sigmoid'),
  tanh: operator('Tanh'),
  softplus: operator('Softplus'),
  erf: operator('Erf'),
  sign: operator('Sign'),
  step: (x, to) => numbers(to.node('Greater', [x, to.floats(0)]), to),
  floor: operator('Floor'),
  ceil: operator('Ceil'),
  round: operator('Round'),
  trunc: (x, to) => to.node('Mul', [to.node('Sign', [x]), to.node('Floor', [to.node('Abs', [x])])]),
  sin: operator('Sin'),
  cos: operator('Cos'),
  sinh: operator('Sinh'),
  cosh: operator('Cosh'),
  atan: operator('Atan'),
  isNan: question('IsNaN'),
  isInf: question('IsInf'),
  isFinite: (x, to) => {
    const not = to.node('Or', [to.node('IsNaN', [x]), to.node('IsInf', [x])]);
    return numbers(to.node('Not', [not]), to);
  },
  logicalNot: (x, to) => numbers(to.node('Not', [truth(x, to)]), to),
};

const pair =
  (op: string): Combine =>
  (a, b, to) =>
    to.node(op, [a, b]);
const comparison =
  (op: string): Combine =>
  (a, b, to) =>
    numbers(to.node(op, [a, b]), to);
const logical =
  (op: string): Combine =>
  (a, b, to) =>
    numbers(to.node(op, [truth(a, to), truth(b, to)]), to);

const binary: Readonly<Record<BinaryFunction, Combine>> = {
  add: pair('Add'),
  sub: pair('Sub'),
  mul: pair('Mul'),
  div: pair('Div'),
  maximum: pair('Max'),
  minimum: pair('Min'),
  pow: pair('Pow'),
  equal: comparison('Equal'),
  notEqual: (a, b, to) => numbers(to.node('Not', [to.node('Equal', [a, b])]), to),
  less: comparison('Less'),
  lessEqual: comparison('LessOrEqual'),
  logicalAnd: logical('And'),
  logicalOr: logical('Or'),
};

type Of<Op extends GraphNode['op']> = Extract<GraphNode, { op: Op }>;

export function applied(name: UnaryFunction, x: string, to: GraphBuilder): string {
  return unary[name](x, to);
}

/** With b −1 the number stands for it, or for a where `reversed`. */
export function combined(node: Of<'binary'>, made: readonly string[], to: GraphBuilder): string {
  const a = made[node.a];
  const b = node.b < 0 ? to.floats(node.number) : made[node.b];
  return node.reversed ? binary[node.function](b, a, to) : binary[node.function](a, b, to);
}

/** With a or b −1 a number stands for it. */
export function chosen(node: Of<'select'>, made: readonly string[], to: GraphBuilder): string {
  const either = (place: number, number: number): string => (place < 0 ? to.floats(number) : made[place]);
  const condition = truth(made[node.condition], to);
  return to.node('Where', [condition, either(node.a, node.aNumber), either(node.b, node.bNumber)]);
}

const reductions: Readonly<Record<Reduction, string>> = {
  sum: 'ReduceSum',
  mean: 'ReduceMean',
  max: 'ReduceMax',
  min: 'ReduceMin',
  prod: 'ReduceProd',
  argMax: 'ArgMax',
  argMin: 'ArgMin',
};

/** Over the middle axis of (outer, length, inner); an arg is a number. */
export function reduced({ reduction, outer, length, inner, size }: Of<'reduce'>, x: string, to: GraphBuilder): string {
  const op = reductions[reduction];
  const parts = to.node('Reshape', [x, to.ints([0, outer, length, inner])]);
  const made = op.startsWith('Arg')
    ? numbers(to.node(op, [parts], { axis: 2, keepdims: 0, select_last_index: 0 }), to)
    : to.node(op, [parts, to.ints([2])], { keepdims: 0 });
  return to.node('Reshape', [made, to.ints([0, size])]);
}
