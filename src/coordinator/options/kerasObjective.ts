import { userError } from '../../shared/errors.js';
import { type Reduction, reductions } from './losses.js';

/** Reads losses and metrics as Keras serialises them: all their options are written, also those that ask for nothing. */

type Options = Readonly<Record<string, unknown>>;

/** What Keras writes beside the class and the config of any object. */
const FRAME: readonly string[] = ['module', 'registeredName', 'buildConfig', 'compileConfig', 'sharedObjectId'];

/** A serialised object without what Keras writes beside its class and its config. */
export function withoutFrame<T extends Options>(given: T): T {
  if (given.config === undefined) return given;
  if (given.className === 'Accuracy' && String(given.module).includes('metrics')) {
    throw userError(
      'UNKNOWN_METRIC',
      'keras.metrics.Accuracy counts predictions that equal their targets, which Lockstep does not; give BinaryAccuracy, CategoricalAccuracy or SparseCategoricalAccuracy, or the name accuracy.',
    );
  }
  return Object.fromEntries(Object.entries(given).filter(([key]) => !FRAME.includes(key))) as T;
}

/** An option that Lockstep does not have: which values ask for what it does anyway, and what that is. */
interface Neutral {
  readonly accepts: (value: unknown) => boolean;
  readonly expected: string;
}

const only = (value: unknown): Neutral => ({ accepts: (given) => given === value, expected: JSON.stringify(value) });

/** What a loss is divided by where Keras or TensorFlow.js says nothing else. */
export const KERAS_REDUCTION: Reduction = 'sum_over_batch_size';

/** A reduction as Keras writes it, by the one name that it has here: `mean` is a synonym, `auto` the default of Keras 2. */
export function reductionOfKeras(given: unknown): unknown {
  return given === null || given === 'mean' || given === 'auto' ? KERAS_REDUCTION : given;
}

const neutral: Readonly<Record<string, Neutral>> = {
  axis: only(-1),
  // Of a metric that is a loss: metrics are means over rows.
  reduction: {
    accepts: (value) => reductions.some((known) => known === reductionOfKeras(value)),
    expected: `"${KERAS_REDUCTION}"`,
  },
  dtype: { accepts: isFloat32, expected: '"float32"' },
  fromLogits: only(false),
  labelSmoothing: only(0),
  summationMethod: only('interpolation'),
  multiLabel: only(false),
  numRegressors: only(0),
};

function isFloat32(value: unknown): boolean {
  return value === 'float32' || (value as { config?: { name?: unknown } }).config?.name === 'float32';
}

/** The keys that Keras writes and Lockstep passes over. */
export const keysOfKeras: readonly string[] = [...FRAME, ...Object.keys(neutral)];

/** The options of a loss or metric without those that it does not have, at values that say what Lockstep does anyway. */
export function withoutNeutralOptions(name: string, given: Options, own: readonly string[]): Options {
  const foreign = Object.entries(given).filter(([key]) => !own.includes(key));
  const refused = foreign.find(([key, value]) => Object.hasOwn(neutral, key) && !isNeutral(key, value));
  if (refused !== undefined) {
    const [key, value] = refused;
    throw userError(
      'CONFIG_INVALID',
      `${name}: ${key} is ${JSON.stringify(value)}, which Lockstep does not do; give ${neutral[key].expected}, or leave it out.`,
    );
  }
  return Object.fromEntries(
    Object.entries(given).filter(([key, value]) => own.includes(key) || !isNeutral(key, value)),
  );
}

/** Null stands for an option that is not given. */
function isNeutral(key: string, value: unknown): boolean {
  return value === null || (Object.hasOwn(neutral, key) && neutral[key].accepts(value));
}
