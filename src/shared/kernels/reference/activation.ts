import { type ActivationName, activations } from '../activations.js';
import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';
import { flushed } from './denormals.js';

export const LINEAR = activations.indexOf('linear');

/** Constants of SELU: Klambauer et al., "Self-normalizing neural networks", 2017. */
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

/** Its value at −∞, as an output holds it: the slope there is 0. */
const SELU_LEAST = Math.fround(-SELU_SCALE * SELU_ALPHA);

/** Keras's slope of `leaky_relu` on the left. */
const LEAK = 0.2;

/**
 * An activation and its derivative, the latter from the output y = activation(z). A NaN stays NaN, so that a diverging
 * run is seen in its loss.
 */
interface Activation {
  at(z: number): number;
  slope(y: number): number;
  /** Where the slope is 0 nothing passes, not even a gradient that is not finite: it is chosen, not multiplied. */
  readonly gates?: true;
}

/** In the order of `activations`. */
const table: readonly Activation[] = Object.values({
  linear: { at: (z) => z, slope: () => 1 },
  relu: { at: (z) => Math.max(z, 0), slope: (y) => (y > 0 ? 1 : 0), gates: true },
  sigmoid: { at: sigmoid, slope: (y) => y * (1 - y) },
  tanh: { at: Math.tanh, slope: (y) => 1 - y * y },
  hardSigmoid: {
    at: (z) => Math.min(Math.max(0.2 * z + 0.5, 0), 1),
    slope: (y) => (y > 0 && y < 1 ? 0.2 : 0),
    gates: true,
  },
  relu6: { at: (z) => Math.min(Math.max(z, 0), 6), slope: (y) => (y > 0 && y < 6 ? 1 : 0), gates: true },
  elu: { at: (z) => (z > 0 ? z : Math.expm1(z)), slope: (y) => (y > 0 ? 1 : y + 1) },
  selu: {
    at: (z) => SELU_SCALE * (z > 0 ? z : SELU_ALPHA * Math.expm1(z)),
    slope: (y) => (y > 0 ? SELU_SCALE : y - SELU_LEAST),
  },
  softplus: {
    at: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
    slope: (y) => -Math.expm1(-y),
  },
  softsign: { at: (z) => z / (1 + Math.abs(z)), slope: (y) => (1 - Math.abs(y)) ** 2 },
  step: { at: (z) => (Number.isNaN(z) ? z : Number(z > 0)), slope: () => 0, gates: true },
  leakyRelu: { at: (z) => (z > 0 ? z : LEAK * z), slope: (y) => (y > 0 ? 1 : LEAK) },
  hardSigmoid6: {
    at: (z) => Math.min(Math.max(z / 6 + 0.5, 0), 1),
    slope: (y) => (y > 0 && y < 1 ? 1 / 6 : 0),
    gates: true,
  },
} satisfies Record<ActivationName, Activation>);

/** activation(z). */
export function activate(activation: number, z: number): number {
  return table[activation].at(flushed(z));
}

/** dy ∘ activation′(z) from the output y = activation(z). */
export function sloped(activation: number, dy: number, y: number): number {
  const { slope, gates = false } = table[activation];
  const factor = slope(flushed(y));
  return gates && factor === 0 ? 0 : dy * factor;
}

/** 1 / (1 + e^−z); exact at both ends, as e^−z runs to 0 or to infinity. */
export function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

/** target[at …] = activation(values), rounded once to float32. */
export function storeActivated(
  target: Float32Array,
  at: number,
  values: Float64Array,
  count: number,
  activation: number,
): void {
  for (let e = 0; e < count; e++) target[at + e] = activate(activation, values[e]);
}

/** dx = gradient ∘ activation′ from the outputs `x` of the activation; a linear one reads no x. */
export function storeSloped(
  f32: Float32Array,
  dx: number,
  gradient: Float64Array,
  x: number,
  count: number,
  activation: number,
): void {
  if (activation === LINEAR) for (let e = 0; e < count; e++) f32[dx + e] = gradient[e];
  else for (let e = 0; e < count; e++) f32[dx + e] = sloped(activation, gradient[e], f32[x + e]);
}

export const activationForward: Kernel<KernelArguments<'activationForward'>> = ({ f32 }, pass, a) => {
  const first = pass.firstRow * a.size;
  const end = first + pass.rows * a.size;
  for (let e = first; e < end; e++) f32[a.y + e] = activate(a.activation, f32[a.x + e]);
};

export const activationBackward: Kernel<KernelArguments<'activationBackward'>> = ({ f32 }, pass, a) => {
  const first = pass.firstRow * a.size;
  const end = first + pass.rows * a.size;
  for (let e = first; e < end; e++) f32[a.dx + e] = sloped(a.activation, f32[a.dy + e], f32[a.y + e]);
};
