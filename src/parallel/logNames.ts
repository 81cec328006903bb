import type { LayersModel } from '@tensorflow/tfjs-layers';
import { ownNames } from '../coordinator/models/describe.js';
import { jointOf } from '../coordinator/tracing/joint.js';
import { fault } from '../shared/errors.js';

/**
 * The names of a compiled model's logs; one that comes again gets a number, as TensorFlow.js has it. A loss over all outputs is none
 * of theirs.
 */
export function logNamesOf({ metricsNames, loss, outputs }: LayersModel): string[] {
  const isOverAll = jointOf(loss) !== undefined && outputs.length > 1;
  return ownNames(isOverAll ? metricsNames.toSpliced(1, outputs.length) : metricsNames);
}

/**
 * Logs, or lists of them, under the model's names. Both stand in one order: loss, the loss of each output, the metrics of each;
 * then those of validation, where there are any.
 */
export function renamed<T>(logs: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  const keys = Object.keys(logs);
  const theirs = [...names, ...names.map((name) => `val_${name}`)].slice(0, keys.length);
  if (theirs.length === keys.length && keys.length % names.length === 0) {
    return Object.fromEntries(keys.map((key, i) => [theirs[i], logs[key]]));
  }
  throw fault('LOG_NAMES', `The model has the logs ${names.join(', ')}, but the trainer gave ${keys.join(', ')}.`);
}
