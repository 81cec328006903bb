import { userError } from '../../shared/errors.js';
import type { Parameter } from '../../shared/program/parameter.js';
import type { Weight, WeightValues } from '../options/trainerOptions.js';
import { hasMethod, isRecord, show } from '../options/values.js';

type Wanted = Pick<Parameter, 'name' | 'shape' | 'size'>;

/** The values of each parameter among weights that are given by name, or all in the parameters' order. */
export function weightValues(
  given: readonly (Weight | WeightValues)[],
  parameters: readonly Wanted[],
): readonly Float32Array[] {
  if (!Array.isArray(given)) {
    throw userError('WEIGHTS_MISMATCH', `setWeights was given ${show(given)}; give a list, as weights() returns it.`);
  }
  if (given.length > 0 && given.every(isNamed)) return byName(given, parameters);
  if (given.length !== parameters.length) {
    throw userError(
      'WEIGHTS_MISMATCH',
      `setWeights was given ${given.length} weights, but the model has ${parameters.length}; give all, in the order of weights().`,
    );
  }
  return parameters.map((parameter, i) => valuesOf(given[i] as WeightValues, parameter));
}

function isNamed(given: Weight | WeightValues): given is Weight {
  return isRecord(given) && 'name' in given && 'values' in given;
}

function byName(given: readonly Weight[], parameters: readonly Wanted[]): Float32Array[] {
  const named = new Map(given.map(({ name, values }) => [name, values]));
  return parameters.map((parameter) => {
    const values = named.get(parameter.name);
    if (values !== undefined) return valuesOf(values, parameter);
    throw userError(
      'WEIGHTS_MISMATCH',
      `The weights given lack ${parameter.name} of shape [${parameter.shape.join(', ')}]; give all that weights() returns.`,
    );
  });
}

function valuesOf(given: WeightValues, { name, shape, size }: Wanted): Float32Array {
  const isTensor = hasMethod(given, 'dataSync');
  const values = isTensor ? (given.dataSync() as Float32Array) : (given as ArrayLike<number>);
  const found = isTensor ? (given as unknown as { readonly shape: readonly number[] }).shape : undefined;
  const fits = found === undefined ? values.length === size : found.join() === shape.join();
  if (fits) return Float32Array.from(values);
  throw userError(
    'WEIGHTS_MISMATCH',
    `The weight for ${name} has ${found === undefined ? `${values.length} numbers` : `shape [${found.join(', ')}]`}, but the model needs shape [${shape.join(', ')}].`,
  );
}
