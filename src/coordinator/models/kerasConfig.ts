import type { ZodRawShape, z } from 'zod';
import { camelCaseKeys } from '../options/casing.js';

/** Reads what Keras serialises: flat configs pass as they are. */

type Arguments = Record<string, unknown>;

/** The arguments of a layer config: our flat form, or Keras's serialised one. */
export function argumentsOf({ type, class_name, className, config, ...flat }: Readonly<Arguments>): Arguments {
  const given = camelCaseKeys(typeof config === 'object' && config !== null ? { ...config } : flat);
  // Only Keras 3 says which module a layer is of.
  const read = flat.module === undefined ? plainArray : (value: unknown) => inKeras3(plainArray(value));
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, read(value)]));
}

/** What Keras 3 means by a name that has another meaning in Keras 2 and in TensorFlow.js. */
const inKeras3 = (value: unknown): unknown => (value === 'hard_sigmoid' ? 'hardSigmoid6' : value);

/** An array of NumPy's as Keras serialises it, or a tuple, as the list that it is. */
function plainArray(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { className, config, items } = value as { className?: unknown; config?: { value?: unknown }; items?: unknown };
  if (className === '__numpy__' || className === '__tensor__') return config?.value;
  return className === '__tuple__' ? items : value;
}

/** A layer config with further arguments, in the form it has. */
export function withArguments(layer: Readonly<Arguments>, others: Arguments): Arguments {
  const { config } = layer;
  return typeof config === 'object' && config !== null
    ? { ...layer, config: { ...config, ...others } }
    : { ...layer, ...others };
}

/** The config of a layer within another: Keras itself sets `zero_output_for_mask` of those in a Bidirectional. */
export function wrappedConfig(type: string, layer: Readonly<Arguments>): Readonly<Arguments> {
  if (type !== 'Bidirectional') return layer;
  const { zeroOutputForMask: _, ...others } = argumentsOf(layer);
  return { type: layer.type ?? layer.class_name ?? layer.className, ...others };
}

/**
 * Name and shape of a layer of type Input, which Keras calls InputLayer and gives the shape of a batch. Data of any type
 * become what the layers read: float32, or indices.
 */
export function entranceOf(layer: Readonly<Arguments>): Arguments {
  const { dtype, ...given } = argumentsOf(layer);
  const { batchShape, shape = rowOf(batchShape), ...others } = withoutNeutral(given, {});
  const heeded = typeof dtype === 'string' && inputTypes.test(dtype);
  return { ...others, ...(shape !== undefined && { shape }), ...(dtype !== undefined && !heeded && { dtype }) };
}

const inputTypes = /^(float(32|64)|u?int(8|16|32|64)|bool)$/;

const rowOf = (batch: unknown): unknown => (Array.isArray(batch) ? batch.slice(1) : batch);

export const isEntrance = (type: string): boolean => /^input(layer)?$/i.test(type);

/**
 * Arguments without those that Keras 3 writes for every layer of a class although they ask for nothing: null where null is
 * no value of the argument, and arguments that the layer, which takes those of `shape`, does not have, at a value that
 * says what Lockstep does anyway.
 */
export function withoutNeutral(given: Arguments, shape: ZodRawShape): Arguments {
  const isNeutral = ([name, value]: [string, unknown]): boolean => {
    if (Object.hasOwn(shape, name)) return value === null && !(shape[name] as z.ZodType).safeParse(null).success;
    return value === null || (Object.hasOwn(neutral, name) && neutral[name](value, given));
  };
  return Object.fromEntries(Object.entries(given).filter((argument) => !isNeutral(argument)));
}

const isFalse = (value: unknown): boolean => value === false;
const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const isNumber = (value: unknown): boolean => typeof value === 'number';

/** What arguments that Lockstep does not have may say: what holds anyway. */
const neutral: Readonly<Record<string, (value: unknown, given: Arguments) => boolean>> = {
  dtype: (value) => value === 'float32' || (value as { config?: { name?: unknown } }).config?.name === 'float32',
  dataFormat: (value) => value === 'channels_last' || value === 'channelsLast',
  dilationRate: (value) => [value].flat().every((rate) => rate === 1),
  groups: (value) => value === 1,
  outputPadding: (value) => [value].flat().every((rows) => rows === 0),
  ...{ sparse: isFalse, ragged: isFalse, optional: isFalse, autocast: isFlag },
  ...{ keepdims: isFalse, rmsScaling: isFalse, zeroOutputForMask: isFalse, timeMajor: isFalse, supportsJit: isFlag },
  // Attention over the steps of sequences [rows, steps, features].
  ...{ useGate: isFalse, attentionAxes: (value) => [value].flat().join() === '1' },
  // Batches are normalized as a whole, whatever the number of ranks.
  ...{ synchronized: isFlag, renorm: isFalse, renormMomentum: isNumber },
  // How Keras computes a recurrence, and what it draws from; draws are keyed by the run's seed.
  ...{ unroll: isFlag, seed: isSeed, implementation: isNumber },
  backwardLayer: (value, { layer }) => isMirror(value, layer),
};

/** A number, or a generator that Keras has serialised. */
function isSeed(value: unknown): boolean {
  return isNumber(value) || (value as { className?: unknown }).className === 'SeedGenerator';
}

/** Whether an argument is one of Keras's that Lockstep takes at some values alone. */
export const isOfKeras = (name: string): boolean => Object.hasOwn(neutral, name);

/** Whether the second layer of a Bidirectional is the first one, backwards in time. */
function isMirror(backward: unknown, forward: unknown): boolean {
  const [there, back] = [forward, backward].map((layer) => {
    const { name: _, goBackwards = false, ...others } = argumentsOf(layer as Arguments);
    // Keras numbers what stands in several places.
    const told = JSON.stringify(others, (key, value: unknown) => (key === 'sharedObjectId' ? undefined : value));
    return { goBackwards, others: told };
  });
  return there.goBackwards !== back.goBackwards && there.others === back.others;
}
