import { userError } from '../../shared/errors.js';
import { type ActivationName, activations } from '../../shared/kernels/activations.js';
import type { Builder, Value } from './builder.js';
import { type LayerDescription, sizeOf } from './description.js';

/** Every activation that lowers, by its TensorFlow.js name. */
export const activationNames = [...activations, 'softmax'] as const;

/** The number by which kernels know an activation. */
export function activationNumber(name: ActivationName): number {
  return activations.indexOf(name);
}

/** The activation that a layer's own kernel applies to its output: the layer's, or `linear` where a kernel of its own follows. */
export function fusedActivation(layer: LayerDescription): ActivationName {
  const name = activationOf(layer);
  return name === 'softmax' ? 'linear' : name;
}

/** Whether softmax, which needs a whole row of logits, follows the layer's own kernel. */
export function endsInSoftmax(layer: LayerDescription): boolean {
  return activationOf(layer) === 'softmax';
}

/** An activation among a layer's arguments that its kernel applies itself. */
export function fusedActivationNamed(layer: LayerDescription, argument: string): ActivationName {
  const name = activationOf(layer, argument);
  if (name !== 'softmax') return name;
  throw userError(
    'UNSUPPORTED_ACTIVATION',
    `Layer ${layer.name} has ${argument} softmax, which its kernel does not apply; use one of ${activations.join(', ')}.`,
  );
}

function activationOf(layer: LayerDescription, argument = 'activation'): (typeof activationNames)[number] {
  const name = layer.config[argument] ?? 'linear';
  const found = activationNames.find((activation) => activation === name);
  if (found === undefined) {
    throw userError(
      'UNSUPPORTED_ACTIVATION',
      `Layer ${layer.name} has ${argument} ${JSON.stringify(name)}, which Lockstep does not know; use one of ${activationNames.join(', ')}.`,
    );
  }
  return found;
}

/** Emits softmax over the last axis of x. */
export function lowerSoftmax(name: string, x: Value, to: Builder): Value {
  const size = x.shape[x.shape.length - 1];
  const groups = sizeOf(x.shape) / size;
  const y = to.buffer(`${name} softmax`, groups * size);
  to.emit({ kernel: 'softmaxForward', args: { x: x.buffer, y, groups, size } });
  to.onBackward((dy) => {
    const dx = to.buffer(`${name} softmax input gradient`, groups * size);
    to.emitBackward({ kernel: 'softmaxBackward', args: { y, dy, dx, groups, size } });
    return dx;
  });
  return { ...x, buffer: y };
}

/** Emits, into the backward pass, the derivative of an activation that a forward kernel applied to its output y. */
export function emitActivationBackward(to: Builder, name: ActivationName, y: number, dy: number, size: number): void {
  if (name === 'linear') return;
  to.emitBackward({
    kernel: 'activationBackward',
    args: { y, dy, dx: dy, size, activation: activationNumber(name) },
  });
}
