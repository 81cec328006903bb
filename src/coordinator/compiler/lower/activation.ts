import { userError } from '../../../shared/errors.js';
import { type ActivationName, activations } from '../../../shared/kernels/activations.js';
import { type Activation, activationIn, readActivation } from './activations.js';
import type { Builder, Value } from './builder.js';
import { type LayerDescription, sizeOf } from './description.js';
import { lowerInputActivation } from './inputActivation.js';
import { lowerSoftmax } from './softmax.js';

/** The number by which kernels know an activation. */
export function activationNumber(name: ActivationName): number {
  return activations.indexOf(name);
}

/** The activation among a layer's arguments. */
export function activationOf({ name, config }: LayerDescription, argument = 'activation'): Activation {
  const given = config[argument] ?? 'linear';
  const read = readActivation(given);
  if (typeof read === 'string' || !('problem' in read)) return activationIn(read);
  throw userError(
    'UNSUPPORTED_ACTIVATION',
    `Layer ${name} has ${argument} ${JSON.stringify(given)}, which does not lower to kernels; ${read.problem}.`,
  );
}

/** Emits an activation as a pass of its own. */
export function lowerActivation(layer: string, x: Value, to: Builder, activation: Activation): Value {
  if (activation.from === 'axis') return lowerSoftmax(layer, x, to, activation);
  if (activation.from === 'input') return lowerInputActivation(layer, x, to, activation.own);
  return lowerOutputActivation(layer, x, to, activation.name);
}

/** The activation that a layer's own kernel applies to its output: the layer's, or `linear` where a kernel of its own follows. */
export function fusedActivation(layer: LayerDescription): ActivationName {
  const activation = activationOf(layer);
  return activation.from === 'output' ? activation.name : 'linear';
}

/** Emits the activation of a layer that its own kernel, given `fusedActivation`, has not applied. */
export function lowerRemainingActivation(layer: LayerDescription, x: Value, to: Builder): Value {
  const activation = activationOf(layer);
  return activation.from === 'output' ? x : lowerActivation(layer.name, x, to, activation);
}

/** An activation among a layer's arguments that its kernel applies itself. */
export function fusedActivationNamed(layer: LayerDescription, argument: string): ActivationName {
  const activation = activationOf(layer, argument);
  if (activation.from === 'output') return activation.name;
  throw userError(
    'UNSUPPORTED_ACTIVATION',
    `Layer ${layer.name} has ${argument} ${JSON.stringify(layer.config[argument])}, which its kernel does not apply; use one of ${activations.join(', ')}.`,
  );
}

function lowerOutputActivation(layer: string, x: Value, to: Builder, name: ActivationName): Value {
  if (name === 'linear') return x;
  const size = sizeOf(x.shape);
  const y = to.buffer(`${layer} output`, size);
  to.emit({ kernel: 'activationForward', args: { x: x.buffer, y, size, activation: activationNumber(name) } });
  to.onBackward((dy) => {
    if (x.trained) emitActivationBackward(to, name, y, dy, size);
    return dy;
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
