import type { ActivationName } from '../../../shared/kernels/activations.js';
import { activationNumber, emitActivationBackward } from './activation.js';
import type { Backward, Builder, Value } from './builder.js';
import { sizeOf } from './description.js';

/** The weights of y = activation(x·w + b); `b` is −1 for none. */
export interface Affine {
  readonly w: number;
  readonly b: number;
  readonly units: number;
  readonly activation: ActivationName;
  /** Whether the weights are trained. */
  readonly trained: boolean;
}

/** y's buffer, and how its gradient passes to x. */
export interface LoweredAffine {
  readonly y: number;
  readonly backward: Backward;
}

/** Emits y = activation(x·w + b) over the last axis of x. */
export function lowerAffine(
  name: string,
  x: Value,
  { w, b, units, activation, trained }: Affine,
  to: Builder,
): LoweredAffine {
  const inputs = x.shape[x.shape.length - 1];
  const inner = sizeOf(x.shape) / inputs;
  const sizes = { inner, inputs, units };
  const y = to.buffer(`${name} output`, inner * units);
  to.emit({
    kernel: 'denseForward',
    args: { x: x.buffer, w, b, y, ...sizes, activation: activationNumber(activation) },
  });
  const backward = (dy: number): number => {
    emitActivationBackward(to, activation, y, dy, inner * units);
    if (trained) to.emitBackward({ kernel: 'denseWeightGradient', args: { x: x.buffer, dy, w, b, ...sizes } });
    if (!x.trained) return -1;
    const dx = to.buffer(`${name} input gradient`, inner * inputs);
    const linear = activationNumber('linear');
    to.emitBackward({ kernel: 'denseInputGradient', args: { dy, w, x: x.buffer, dx, ...sizes, activation: linear } });
    return dx;
  };
  return { y, backward };
}
