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
};

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

/** Any activation of a value. */
export function applyActivation(activation: Activation, x: OnnxValue, to: GraphBuilder): OnnxValue {
  if (activation.from === 'axis') {
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
