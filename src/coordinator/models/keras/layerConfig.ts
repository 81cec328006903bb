import { userError } from '../../../shared/errors.js';
import { isInitializer, isRule, isWithheld, specOf } from '../../../shared/tfjs/withheld.js';
import type { LayerDescription } from '../../compiler/lower/description.js';
import { findLowering } from '../../compiler/lower/index.js';
import type { Json } from '../kerasCalls.js';

/** Writes layers as Keras 3 serialises them. */

/** A layer's class and its config in Lockstep's terms. */
type Given = Pick<LayerDescription, 'type' | 'config'>;

/** Classes of Lockstep and TensorFlow.js that Keras 3 does not have. */
const foreign: ReadonlySet<string> = new Set(['ThresholdedReLU', 'Step']);

/** What Lockstep has for an argument of the layer, and Keras for one of the call. */
const OF_CALLS = ['useCausalMask'];

/** Arguments of lists and texts that mean the same in snake case. */
const NAMED = ['dataFormat', 'activation', 'recurrentActivation'];

/** `{ module, class_name, config }` of a layer; throws `NOT_IN_KERAS` for one that Keras does not have. */
export function layerOfKeras(given: Given, name: string): Json {
  const { type } = given;
  if (foreign.has(type)) throw notInKeras(`layer ${name}, a ${type}`);
  const isKnown = findLowering(type) !== undefined;
  const config = { name, ...argumentsOfKeras(given, name) };
  // A class of the caller's is one that Keras is told of, by the same name.
  return isKnown
    ? { module: 'keras.layers', class_name: type, config, registered_name: null }
    : { module: null, class_name: type, config, registered_name: type };
}

function argumentsOfKeras({ type, config }: Given, layer: string): Record<string, unknown> {
  const lowering = findLowering(type);
  const names = new Map(Object.entries(lowering?.renamed ?? {}).map(([theirs, ours]) => [ours, theirs]));
  const isTaken = (key: string): boolean => lowering === undefined || Object.hasOwn(lowering.arguments, key);
  const told = Object.entries(withDefaults(type, config)).filter(([key, value]) => {
    if ((value ?? null) === null || OWN.includes(key) || OF_CALLS.includes(key)) return false;
    if (key === 'trainable') return value === false && !type.startsWith('SpatialDropout');
    return isTaken(key) || isWithheld(key) || key === 'activityRegularizer';
  });
  return Object.fromEntries(
    told.map(([key, value]) => [snakeCase(names.get(key) ?? key), valueOfKeras(key, value, layer)]),
  );
}

/** Keys of TensorFlow.js's configs that no layer of Keras takes. */
const OWN = ['name', 'batchInputShape', 'dtype', 'inputDType', 'inputLength', 'implementation', 'unroll', 'stateful'];

/** Where what is left out means another thing to Keras. */
function withDefaults(type: string, config: Given['config']): Given['config'] {
  return type === 'GRU' ? { resetAfter: false, ...config } : config;
}

function valueOfKeras(key: string, value: unknown, layer: string): unknown {
  if (isInitializer(key)) return objectOf('keras.initializers', value);
  if (isRule(key)) return objectOf(key.endsWith('Constraint') ? 'keras.constraints' : 'keras.regularizers', value);
  if (NAMED.includes(key) && typeof value === 'string')
    return key === 'dataFormat' ? snakeCase(value) : activationOf(value, layer);
  const { className, config } = (value ?? {}) as { className?: unknown; config?: Given['config'] };
  if (typeof className !== 'string' || config === undefined) return value;
  return layerOfKeras({ type: className, config }, String(config.name ?? snakeCase(className)));
}

/** Functions whose names Keras has otherwise; null for those that it does not have. */
const activations: Readonly<Record<string, string | Json | null>> = {
  hardSigmoid6: 'hard_sigmoid',
  // That of Keras 2 and TensorFlow.js, 0.2 · x + 0.5.
  hardSigmoid: null,
  swish: 'silu',
  geluNew: null,
  step: null,
};

function activationOf(name: string, layer: string): unknown {
  if (!Object.hasOwn(activations, name)) return snakeCase(name);
  const theirs = activations[name];
  if (theirs === null) throw notInKeras(`layer ${layer} with the activation ${name}`);
  return theirs;
}

/** An initializer, a regularizer or a constraint. */
function objectOf(module: string, given: unknown): Json {
  const { className, config } = specOf(given);
  const type = className[0].toUpperCase() + className.slice(1);
  const values = Object.entries(config).map(([key, value]) => [
    snakeCase(key),
    typeof value === 'string' ? snakeCase(value) : value,
  ]);
  return { module, class_name: type, config: Object.fromEntries(values), registered_name: null };
}

/** `kernelSize` → `kernel_size`, `beta1` → `beta_1`. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/^_/, '');
}

export function notInKeras(what: string): Error {
  return userError(
    'NOT_IN_KERAS',
    `Keras has no ${what}; save the model in TensorFlow.js format, or write a checkpoint.`,
  );
}
