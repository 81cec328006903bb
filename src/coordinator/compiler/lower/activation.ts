import { userError } from '../../../shared/errors.js';
import { type ActivationName, activations, type InputActivationName } from '../../../shared/kernels/activations.js';
import type { Builder, Value } from './builder.js';
import type { LayerDescription } from './description.js';
import { lowerInputActivation } from './inputActivation.js';
import { lowerSoftmax } from './softmax.js';

/** Activations by name whose kernels need their input, as those kernels take them. */
const inputActivationsByName = {
  exponential: { name: 'exponential' },
  swish: { name: 'swish' },
  silu: { name: 'swish' },
  gelu: { name: 'gelu' },
  geluNew: { name: 'geluTanh' },
  mish: { name: 'mish' },
} satisfies Record<string, { name: InputActivationName }>;

const softmaxNames = ['softmax', 'logSoftmax'] as const;

/** Every activation that lowers, by its TensorFlow.js name. */
export const activationNames = [
  ...activations,
  ...softmaxNames,
  ...(Object.keys(inputActivationsByName) as (keyof typeof inputActivationsByName)[]),
] as const;

export type AnyActivationName = (typeof activationNames)[number];

/** The activation of a name in any spelling, `leaky_relu` or `leakyReLU`; undefined where there is none. */
export function findActivation(name: unknown): AnyActivationName | undefined {
  return activationNames.find((known) => plain(known) === plain(String(name)));
}

const plain = (name: string): string => name.replaceAll('_', '').toLowerCase();

/** The number by which kernels know an activation. */
export function activationNumber(name: ActivationName): number {
  return activations.indexOf(name);
}

/** The activation that a layer's own kernel applies to its output: the layer's, or `linear` where a kernel of its own follows. */
export function fusedActivation(layer: LayerDescription): ActivationName {
  const name = activationOf(layer);
  return isFused(name) ? name : 'linear';
}

/** Emits the activation of a layer that its own kernel, given `fusedActivation`, has not applied. */
export function lowerRemainingActivation(layer: LayerDescription, x: Value, to: Builder): Value {
  const name = activationOf(layer);
  if (isFused(name)) return x;
  if (name === 'softmax' || name === 'logSoftmax') return lowerSoftmax(layer.name, x, to, name);
  return lowerInputActivation(layer.name, x, to, inputActivationsByName[name]);
}

/** An activation among a layer's arguments that its kernel applies itself. */
export function fusedActivationNamed(layer: LayerDescription, argument: string): ActivationName {
  const name = activationOf(layer, argument);
  if (isFused(name)) return name;
  throw userError(
    'UNSUPPORTED_ACTIVATION',
    `Layer ${layer.name} has ${argument} ${name}, which its kernel does not apply; use one of ${activations.join(', ')}.`,
  );
}

function isFused(name: AnyActivationName): name is ActivationName {
  return activations.some((activation) => activation === name);
}

function activationOf(layer: LayerDescription, argument = 'activation'): AnyActivationName {
  const name = layer.config[argument] ?? 'linear';
  const found = findActivation(name);
  if (found !== undefined) return found;
  throw userError(
    'UNSUPPORTED_ACTIVATION',
    `Layer ${layer.name} has ${argument} ${JSON.stringify(name)}, which Lockstep does not know; use one of ${activationNames.join(', ')}.`,
  );
}

/** Emits, into the backward pass, the derivative of an activation that a forward kernel applied to its output y. */
export function emitActivationBackward(to: Builder, name: ActivationName, y: number, dy: number, size: number): void {
  if (name === 'linear') return;
  to.emitBackward({
    kernel: 'activationBackward',
    args: { y, dy, dx: dy, size, activation: activationNumber(name) },
  });
}
