import type { BinaryFunction, UnaryFunction } from '../../../shared/kernels/elementwise.js';
import type { Call, Made, Operand, Rule } from '../values.js';
import type { Form, Forms } from './form.js';

/** Functions of numbers, element by element, with axes of length 1 repeated as TensorFlow.js does. */

const number = (value: number): Operand => ({ node: -1, number: value });
const node = (place: number): Operand => ({ node: place, number: 0 });

/** A kernel of one input, `x` where nothing else is said. */
function unaryForm(build: (x: number, call: Call) => number, rule: Rule = 'any', name = 'x'): Form {
  return (call) => {
    const x = call.input(name);
    return call.made(build(call.nodeOf(x), call), [x], rule);
  };
}

const unary = (name: UnaryFunction, rule: Rule = 'any'): Form => unaryForm((x, call) => call.unary(name, x), rule);

/** A kernel of two inputs. */
function pairForm(build: (a: Operand, b: Operand, call: Call) => number, rule: Rule, names = ['a', 'b']): Form {
  return (call) => {
    const [a, b] = names.map((name) => call.input(name));
    return call.made(build(call.operand(a), call.operand(b), call), [a, b], rule);
  };
}

const binary = (name: BinaryFunction, rule: Rule = 'any'): Form =>
  pairForm((a, b, call) => call.binary(name, a, b), rule);

/** a > b is b < a. */
const swapped = (name: BinaryFunction): Form => pairForm((a, b, call) => call.binary(name, b, a), 'any');

/** A power that is a small whole number or a half needs neither exponential nor logarithm. */
function power(a: Operand, b: Operand, call: Call): number {
  if (b.node >= 0 || a.node < 0) return call.binary('pow', a, b);
  const square = () => call.unary('square', a.node);
  switch (b.number) {
    case 2:
      return square();
    case 3:
      return call.binary('mul', node(square()), a);
    case 4:
      return call.unary('square', square());
    case 0.5:
      return call.unary('sqrt', a.node);
    case -0.5:
      return call.unary('rsqrt', a.node);
    case -1:
      return call.unary('reciprocal', a.node);
    default:
      return call.binary('pow', a, b);
  }
}

/** x where it is not negative, else what `below` makes of it. */
function leaky(x: number, call: Call, below: number): number {
  return call.select(call.binary('less', node(x), number(0)), node(below), node(x));
}

function elu(x: number, call: Call): number {
  return leaky(x, call, call.unary('expm1', x));
}

/** Constants of SELU: Klambauer et al., "Self-normalizing neural networks", 2017. */
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

function selu(x: number, call: Call): number {
  const below = call.binary('mul', node(call.unary('expm1', x)), number(SELU_ALPHA));
  return call.binary('mul', node(leaky(x, call, below)), number(SELU_SCALE));
}

/** The step with a height below 0 as well. */
function step(x: number, call: Call): number {
  const alpha = call.attribute('alpha', 0);
  const scaled = call.binary('mul', node(call.unary('step', x)), number(1 - alpha));
  return call.binary('add', node(scaled), number(alpha));
}

function clip(x: number, call: Call): number {
  const above = call.binary('maximum', node(x), number(call.attribute('clipValueMin')));
  return call.binary('minimum', node(above), number(call.attribute('clipValueMax')));
}

function cast(call: Call): Made {
  const x = call.input('x');
  const type = call.attribute<string>('dtype');
  if (type === 'int32') return call.made(call.unary('trunc', x.node), [x], 'any');
  if (type === 'bool') return call.made(call.binary('notEqual', node(x.node), number(0)), [x], 'any');
  return call.made(x.node, [x], 'sum');
}

/** A choice, element by element. */
function select(call: Call): Made {
  const [condition, yes, no] = ['condition', 't', 'e'].map((name) => call.input(name));
  const chosen = call.operand(condition);
  const [a, b] = [call.operand(yes), call.operand(no)];
  const branches = call.made(-1, [yes, no], 'sum');
  // The condition decides, and may not be a mean.
  call.made(-1, [condition], 'any');
  if (condition.kind === 'row' && branches.kind === 'mean') throw call.mixing('chooses a mean over rows row by row');
  if (chosen.node < 0) return { ...branches, node: chosen.number === 0 ? placed(b, call) : placed(a, call) };
  const kind = condition.kind === 'row' ? 'row' : branches.kind;
  return { ...branches, kind, node: call.select(chosen.node, a, b) };
}

/** The node of an operand, which may be a number. */
function placed(operand: Operand, call: Call): number {
  if (operand.node >= 0) return operand.node;
  return call.stored(new Float32Array(call.output.shape.reduce((a, b) => a * b, 1)).fill(operand.number));
}

function addAll(call: Call): Made {
  const [first, ...others] = call.inputs.map((value) => call.operand(value));
  const total = others.reduce((sum, other) => node(call.binary('add', sum, other)), first);
  return call.made(placed(total, call), call.inputs, 'sum');
}

export const elementwiseForms: Forms = {
  Neg: unary('neg', 'sum'),
  Abs: unary('abs'),
  Square: unary('square'),
  Sqrt: unary('sqrt'),
  Rsqrt: unary('rsqrt'),
  Reciprocal: unary('reciprocal'),
  Exp: unary('exp'),
  Expm1: unary('expm1'),
  Log: unary('log'),
  Log1p: unary('log1p'),
  Sigmoid: unary('sigmoid'),
  Tanh: unary('tanh'),
  Softplus: unary('softplus'),
  Erf: unary('erf'),
  Sign: unary('sign'),
  Floor: unary('floor'),
  Ceil: unary('ceil'),
  Round: unary('round'),
  Sin: unary('sin'),
  Cos: unary('cos'),
  Tan: unaryForm((x, call) => call.binary('div', node(call.unary('sin', x)), node(call.unary('cos', x)))),
  Sinh: unary('sinh'),
  Cosh: unary('cosh'),
  Atan: unary('atan'),
  IsNan: unary('isNan'),
  IsInf: unary('isInf'),
  IsFinite: unary('isFinite'),
  LogicalNot: unary('logicalNot'),
  Relu: unaryForm((x, call) => call.binary('maximum', node(x), number(0))),
  Relu6: unaryForm((x, call) => {
    return call.binary('minimum', node(call.binary('maximum', node(x), number(0))), number(6));
  }),
  LeakyRelu: unaryForm((x, call) => leaky(x, call, call.binary('mul', node(x), number(call.attribute('alpha', 0.2))))),
  Elu: unaryForm(elu),
  Selu: unaryForm(selu),
  Step: unaryForm(step),
  ClipByValue: unaryForm(clip),
  Cast: cast,
  Add: binary('add', 'sum'),
  Sub: binary('sub', 'sum'),
  Multiply: binary('mul', 'product'),
  RealDiv: binary('div', 'quotient'),
  FloorDiv: pairForm((a, b, call) => call.unary('floor', call.binary('div', a, b)), 'any'),
  SquaredDifference: pairForm((a, b, call) => call.unary('square', call.binary('sub', a, b)), 'any'),
  Pow: pairForm(power, 'any'),
  Maximum: binary('maximum'),
  Minimum: binary('minimum'),
  Equal: binary('equal'),
  NotEqual: binary('notEqual'),
  Less: binary('less'),
  LessEqual: binary('lessEqual'),
  Greater: swapped('less'),
  GreaterEqual: swapped('lessEqual'),
  LogicalAnd: binary('logicalAnd'),
  LogicalOr: binary('logicalOr'),
  Prelu: pairForm((x, alpha, call) => leaky(placed(x, call), call, call.binary('mul', x, alpha)), 'any', [
    'x',
    'alpha',
  ]),
  // dy where y is not negative, else dy · (y + 1).
  EluGrad: pairForm(
    (dy, y, call) => {
      const slope = call.binary('minimum', node(call.binary('add', y, number(1))), number(1));
      return call.binary('mul', dy, node(slope));
    },
    'product',
    ['dy', 'y'],
  ),
  AddN: addAll,
  Select: select,
};
