import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Logs } from '../coordinator/compiler/metrics.js';
import { fault } from '../shared/errors.js';

/** The names of a compiled model's logs; one that comes again gets a number, as TensorFlow.js has it. */
export function logNamesOf({ metricsNames }: LayersModel): string[] {
  return metricsNames.map((name, i) => {
    const before = metricsNames.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name}_${before}`;
  });
}

const VALIDATION = 'val_';

/** Logs under the model's names, which stand in the same order: loss, the loss of each output, then the metrics of each. */
export function renamed(logs: Logs, names: readonly string[]): Record<string, number> {
  const keys = Object.keys(logs);
  const own = keys.filter((key) => !key.startsWith(VALIDATION));
  const validated = keys.filter((key) => key.startsWith(VALIDATION));
  if (own.length < names.length || (validated.length > 0 && validated.length < names.length)) {
    throw fault('LOG_NAMES', `The model has the logs ${names.join(', ')}, but the trainer gave ${keys.join(', ')}.`);
  }
  return Object.fromEntries([
    ...names.map((name, i) => [name, logs[own[i]]]),
    ...validated.slice(0, names.length).map((key, i) => [`${VALIDATION}${names[i]}`, logs[key]]),
  ]);
}
