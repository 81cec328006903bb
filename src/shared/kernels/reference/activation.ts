import { activations } from '../activations.js';
import type { Kernel } from '../pass.js';
import type { KernelArguments } from '../table.js';

export const LINEAR = activations.indexOf('linear');
const RELU = activations.indexOf('relu');
const SIGMOID = activations.indexOf('sigmoid');
const TANH = activations.indexOf('tanh');

/** activation(z). A NaN stays NaN, so that a diverging run is seen in its loss. */
export function activate(activation: number, z: number): number {
  switch (activation) {
    case RELU:
      return Math.max(z, 0);
    case SIGMOID:
      return sigmoid(z);
    case TANH:
      return Math.tanh(z);
    default:
      return z;
  }
}

/** activation′(z) from the output y = activation(z). */
export function slopeAt(activation: number, y: number): number {
  switch (activation) {
    case RELU:
      return y > 0 ? 1 : 0;
    case SIGMOID:
      return y * (1 - y);
    case TANH:
      return 1 - y * y;
    default:
      return 1;
  }
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
  else for (let e = 0; e < count; e++) f32[dx + e] = gradient[e] * slopeAt(activation, f32[x + e]);
}

export const activationForward: Kernel<KernelArguments<'activationForward'>> = ({ f32 }, pass, a) => {
  const first = pass.firstRow * a.size;
  const end = first + pass.rows * a.size;
  for (let e = first; e < end; e++) f32[a.y + e] = activate(a.activation, f32[a.x + e]);
};

export const activationBackward: Kernel<KernelArguments<'activationBackward'>> = ({ f32 }, pass, a) => {
  const first = pass.firstRow * a.size;
  const end = first + pass.rows * a.size;
  for (let e = first; e < end; e++) f32[a.dx + e] = f32[a.dy + e] * slopeAt(a.activation, f32[a.y + e]);
};
