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

/** f(|x|) with the sign of x. */
function odd(x: number, call: Call, f: (size: number) => number): number {
  return call.binary('mul', node(call.unary('sign', x)), node(f(call.unary('abs', x))));
}

/** The inverse of sinh: ln(1 + |x| + x² / (1 + √(x² + 1))), which keeps its digits near 0. */
function asinh(x: number, call: Call): number {
  return odd(x, call, (size) => {
    const square = node(call.unary('square', size));
    const root = call.binary('add', node(call.unary('sqrt', call.binary('add', square, number(1)))), number(1));
    return call.unary('log1p', call.binary('add', node(size), node(call.binary('div', square, node(root)))));
  });
}

/** The inverse of cosh, of t = x − 1: ln(1 + t + √(2t + t²)). */
function acosh(x: number, call: Call): number {
  const t = node(call.binary('sub', node(x), number(1)));
  const inner = call.binary('mul', t, node(call.binary('add', t, number(2))));
  return call.unary('log1p', call.binary('add', t, node(call.unary('sqrt', inner))));
}

/** The inverse of tanh: ln(1 + 2|x| / (1 − |x|)) / 2. */
function atanh(x: number, call: Call): number {
  return odd(x, call, (size) => {
    const rest = node(call.binary('sub', number(1), node(size)));
    const ratio = call.binary('div', node(call.binary('mul', node(size), number(2))), rest);
    return call.binary('mul', node(call.unary('log1p', ratio)), number(0.5));
  });
}

/** (1 − x) and (1 + x), of which the angles of a sine or a cosine are made. */
function ends(x: number, call: Call): [Operand, Operand] {
  return [node(call.binary('sub', number(1), node(x))), node(call.binary('add', node(x), number(1)))];
}

function asin(x: number, call: Call): number {
  const root = call.unary('sqrt', call.binary('mul', ...ends(x, call)));
  return call.unary('atan', call.binary('div', node(x), node(root)));
}

function acos(x: number, call: Call): number {
  const half = call.unary('atan', call.unary('sqrt', call.binary('div', ...ends(x, call))));
  return call.binary('mul', node(half), number(2));
}

/** a − ⌊a / b⌋ · b, which has the sign of b; rounding may leave it just outside [0, b). */
function mod(a: Operand, b: Operand, call: Call): number {
  const whole = node(call.unary('floor', call.binary('div', a, b)));
  const rest = node(call.binary('sub', a, node(call.binary('mul', whole, b))));
  const share = node(call.binary('div', rest, b));
  const below = call.binary('less', share, number(0));
  const raised = node(call.select(below, node(call.binary('add', rest, b)), rest));
  const beyond = call.binary('lessEqual', number(1), share);
  return call.select(beyond, node(call.binary('sub', rest, b)), raised);
}

/** The angle of (x, y), of the smaller ratio of the two, whose digits are all good. */
function atan2(y: Operand, x: Operand, call: Call): number {
  const size = (of: Operand): Operand => node(call.unary('abs', placed(of, call)));
  const [up, across] = [size(y), size(x)];
  const isFlat = call.binary('lessEqual', up, across);
  const half = node(call.select(call.binary('less', y, number(0)), number(-Math.PI), number(Math.PI)));
  // Both are 0 where the larger of them is.
  const divisor = node(call.select(call.binary('equal', x, number(0)), number(1), x));
  const flat = node(call.unary('atan', call.binary('div', y, divisor)));
  const turned = node(call.select(call.binary('less', x, number(0)), node(call.binary('add', flat, half)), flat));
  const slope = node(call.unary('atan', call.binary('div', x, y)));
  const steep = node(call.binary('sub', node(call.binary('mul', half, number(0.5))), slope));
  return call.select(isFlat, turned, steep);
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
  Asin: unaryForm(asin),
  Acos: unaryForm(acos),
  Asinh: unaryForm(asinh),
  Acosh: unaryForm(acosh),
  Atanh: unaryForm(atanh),
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
  Mod: pairForm(mod, 'any'),
  Atan2: pairForm(atan2, 'any'),
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
