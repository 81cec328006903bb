import type { ActivationName } from '../../../../shared/kernels/activations.js';
import { activationOf } from '../../../compiler/lower/activation.js';
import { type Activation, activationLayers } from '../../../compiler/lower/activations.js';
import type { LayerDescription } from '../../../compiler/lower/description.js';
import type { InputActivation } from '../../../compiler/lower/inputActivation.js';
import { type LayerForms, single } from '../form.js';
import { type Attributes, elementTypes, type GraphBuilder, type OnnxValue } from '../graph.js';

/** An operator that is the whole of a function, with its attributes. */
export type Operator = readonly [op: string, attributes?: Attributes];

/** Keras's numbers, not the defaults of the operators. */
export const operators: Readonly<Partial<Record<ActivationName, Operator>>> = {
  relu: ['Relu'],
  sigmoid: ['Sigmoid'],
  tanh: ['Tanh'],
  hardSigmoid: ['HardSigmoid', { alpha: { float: 0.2 }, beta: { float: 0.5 } }],
  hardSigmoid6: ['HardSigmoid', { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }],
  elu: ['Elu', { alpha: { float: 1 } }],
  selu: ['Selu'],
  softplus: ['Softplus'],
  softsign: ['Softsign'],
  leakyRelu: ['LeakyRelu', { alpha: { float: 0.2 } }],
};

type Apply = (x: string, to: GraphBuilder) => string;

const step: Apply = (x, to) => to.node('Cast', [to.node('Greater', [x, to.floats(0)])], { to: elementTypes.float32 });

/** A function whose derivative follows from its output; what no operator is, in several. */
export function applyNamed(name: ActivationName, x: string, to: GraphBuilder): string {
  if (name === 'linear') return x;
  if (name === 'step') return step(x, to);
  if (name === 'relu6') return to.node('Clip', [x, to.floats(0), to.floats(6)]);
  const [op, attributes] = operators[name] as Operator;
  return to.node(op, [x], attributes);
}

const inputFunctions: Readonly<Record<InputActivation['name'], (own: InputActivation) => Apply>> = {
  rectifier,
  scaledElu:
    ({ alpha = 1 }) =>
    (x, to) =>
      to.node('Elu', [x], { alpha: { float: alpha } }),
  exponential: () => (x, to) => to.node('Exp', [x]),
  swish: () => (x, to) => to.node('Mul', [x, to.node('Sigmoid', [x])]),
  gelu: () => (x, to) => to.node('Gelu', [x], { approximate: 'none' }),
  geluTanh: () => (x, to) => to.node('Gelu', [x], { approximate: 'tanh' }),
  mish: () => (x, to) => to.node('Mul', [x, to.node('Tanh', [to.node('Softplus', [x])])]),
  straightStep: () => step,
  clippedLine:
    ({ alpha = 0, threshold = 0, limit = 0 }) =>
    (x, to) => {
      const line = to.node('Add', [to.node('Mul', [x, to.floats(alpha)]), to.floats((threshold + limit) / 2)]);
      return to.node('Clip', [line, to.floats(threshold), to.floats(limit)]);
    },
  hardShrink: ({ threshold = 0 }) => shrink(threshold, 0),
  softShrink: ({ threshold = 0 }) => shrink(threshold, threshold),
  tanhShrink: () => (x, to) => to.node('Sub', [x, to.node('Tanh', [x])]),
  sparsePlus: () => sparsePlus,
  squareplus: ({ alpha = 0 }) => squareplus(alpha),
  logSigmoid: () => (x, to) => to.node('Neg', [to.node('Softplus', [to.node('Neg', [x])])]),
  hardSilu: () => (x, to) => to.node('HardSwish', [x]),
  celu:
    ({ alpha = 1 }) =>
    (x, to) =>
      to.node('Celu', [x], { alpha: { float: alpha } }),
};

function shrink(lambd: number, bias: number): Apply {
  return (x, to) => to.node('Shrink', [x], { lambd: { float: lambd }, bias: { float: bias } });
}

/** 0 up to −1, x from 1 on, (x + 1)²/4 between them. */
function sparsePlus(x: string, to: GraphBuilder): string {
  const above = to.node('Add', [x, to.floats(1)]);
  const between = to.node('Mul', [to.node('Mul', [above, above]), to.floats(0.25)]);
  const rising = to.node('Where', [to.node('Less', [x, to.floats(1)]), between, x]);
  return to.node('Where', [to.node('Greater', [x, to.floats(-1)]), rising, to.floats(0)]);
}

/** (x + √(x² + alpha))/2; below 0, where the sum cancels, alpha over twice the difference. */
function squareplus(alpha: number): Apply {
  return (x, to) => {
    const root = to.node('Sqrt', [to.node('Add', [to.node('Mul', [x, x]), to.floats(alpha)])]);
    const below = to.node('Div', [to.floats(alpha / 2), to.node('Sub', [root, x])]);
    const above = to.node('Mul', [to.node('Add', [x, root]), to.floats(0.5)]);
    return to.node('Where', [to.node('Less', [x, to.floats(0)]), below, above]);
  };
}

/** min(x, limit) where x > threshold, else alpha · (x − threshold). */
function rectifier({ alpha = 0, threshold = 0, limit }: InputActivation): Apply {
  if (limit === undefined && threshold === 0) {
    return (x, to) => to.node('LeakyRelu', [x], { alpha: { float: alpha } });
  }
  return (x, to) => {
    const above = limit === undefined ? x : to.node('Min', [x, to.floats(limit)]);
    const below =
      alpha === 0 ? to.floats(0) : to.node('Mul', [to.node('Sub', [x, to.floats(threshold)]), to.floats(alpha)]);
    return to.node('Where', [to.node('Greater', [x, to.floats(threshold)]), above, below]);
  };
}

/** max(x − τ, 0) over the last axis, with the τ by which it sums to 1: from the largest numbers that are above it. */
function sparsemax({ name, shape }: OnnxValue, to: GraphBuilder): string {
  const length = shape[shape.length - 1];
  const last = to.ints([-1]);
  const [sorted] = to.several('TopK', [name, to.ints([length])], 2, { axis: -1, largest: 1, sorted: 1 });
  const counts = to.floats(
    Array.from({ length }, (_, i) => i + 1),
    [length],
  );
  const reached = to.node('Add', [to.node('Mul', [sorted, counts]), to.floats(1)]);
  const isAbove = to.node('Greater', [reached, to.node('CumSum', [sorted, to.ints([-1])])]);
  const sum = to.node('ReduceSum', [to.node('Where', [isAbove, sorted, to.floats(0)]), last], { keepdims: 1 });
  const above = to.node('Cast', [isAbove], { to: elementTypes.float32 });
  const count = to.node('ReduceSum', [above, last], { keepdims: 1 });
  const tau = to.node('Div', [to.node('Sub', [sum, to.floats(1)]), count]);
  return to.node('Relu', [to.node('Sub', [name, tau])]);
}

/** Any activation of a value. */
export function applyActivation(activation: Activation, x: OnnxValue, to: GraphBuilder): OnnxValue {
  if (activation.from === 'axis') {
    if (activation.name === 'sparsemax') return { ...x, name: sparsemax(x, to) };
    const op = activation.name === 'softmax' ? 'Softmax' : 'LogSoftmax';
    return { ...x, name: to.node(op, [x.name], { axis: activation.axis }) };
  }
  if (activation.from === 'input') {
    const apply = inputFunctions[activation.own.name](activation.own);
    return to.elementwise(x, (name) => apply(name, to));
  }
  if (activation.name === 'linear') return x;
  return to.elementwise(x, (name) => applyNamed(activation.name, name, to));
}

/** The activation among a layer's arguments. */
export function activated(layer: LayerDescription, x: OnnxValue, to: GraphBuilder): OnnxValue {
  return applyActivation(activationOf(layer), x, to);
}

const layers = [...activationLayers.values()].map(({ type, activation }) => [
  type,
  single(({ config }, x, to) => applyActivation(activation(config), x, to)),
]);

export const activationForms: LayerForms = {
  ...Object.fromEntries(layers),
  Activation: single(activated),

  PReLU: single((layer, x, to) => ({ ...x, name: to.node('PRelu', [x.name, to.weight(layer, 0)]) })),
};
