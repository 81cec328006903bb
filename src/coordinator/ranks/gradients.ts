import { userError } from '../../shared/errors.js';
import type { Parameter } from '../../shared/program/parameter.js';
import { readSource } from '../data/columns.js';
import { sourcesFor } from '../data/named.js';
import type { DataSource } from '../options/trainerOptions.js';

/** The gradient of a loss with respect to one weight: float32, in the weight's shape. */
export interface Gradient {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** Gradients by the names of the trained weights. */
export type Gradients = Readonly<Record<string, Gradient>>;

/** The same as a caller may give them: a tensor, a typed array, or values with their shape for each weight. */
export type GivenGradients = Readonly<Record<string, DataSource>>;

/** Copies of the parts of a flat gradient. */
export function namedGradients(flat: Float32Array, trained: readonly Parameter[]): Gradients {
  return Object.fromEntries(
    trained.map(({ name, shape, offset, size }) => [name, { values: flat.slice(offset, offset + size), shape }]),
  );
}

/** Gradients that a caller gives → the flat one, in memory that ranks share; what does not fit a weight is refused by its name. */
export function flatGradient(given: unknown, trained: readonly Parameter[], length: number): SharedArrayBuffer {
  const names = trained.map(({ name }) => name);
  const sources = sourcesFor('gradients', given, names);
  const memory = new SharedArrayBuffer(4 * length);
  const flat = new Float32Array(memory);
  trained.forEach((parameter, i) => {
    write(sources[i], parameter, flat.subarray(parameter.offset, parameter.offset + parameter.size));
  });
  return memory;
}

function write(source: unknown, { name, shape }: Parameter, into: Float32Array): void {
  const { values, shape: found } = readSource(source, { name: `gradients.${name}`, shape: shape.slice(1) });
  if (found.join() !== shape.join() || values.length !== into.length) {
    throw userError(
      'SHAPE_MISMATCH',
      `gradients.${name} has shape [${found.join(', ')}], but the weight has [${shape.join(', ')}]; give one number for each of the weight.`,
    );
  }
  into.set(values);
  // 0 · v is 0 for every finite v, so one sum tells whether a slower look is needed.
  let zero = 0;
  for (let e = 0; e < into.length; e++) zero += 0 * into[e];
  if (zero === 0) return;
  const at = into.findIndex((value) => !Number.isFinite(value));
  throw userError(
    'NON_FINITE_DATA',
    `gradients.${name} has ${values[at]} at position ${at}, but every value must be a finite float32; leave this update out.`,
  );
}
