import { optional, type Rule, type Rules, readOptions } from '../options/check.js';
import type { Callback } from './callback.js';

/** The hooks of a callback, as functions. */
export type Hooks = Omit<Callback, 'name' | 'state' | 'restore'>;

const hook: Rule = optional({ expected: 'a function', accepts: (value) => typeof value === 'function' });

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 1;

const rules: Rules<Hooks> = {
  onTrainBegin: hook,
  onEpochBegin: hook,
  onBatchBegin: hook,
  onBatchEnd: hook,
  onEpochEnd: hook,
  onTrainEnd: hook,
  onPause: hook,
  pauseEvery: optional({ expected: 'a whole number of at least 1', accepts: isCount }),
  onNonFiniteLoss: hook,
  onProgress: hook,
};

/**
 * A callback made of functions, as Keras's LambdaCallback (https://keras.io/api/callbacks/lambda_callback/). `fit` takes
 * a plain object of hooks as well; this one refuses names that are no hooks.
 *
 * @throws LockstepError `INVALID_OPTION` or `UNKNOWN_OPTION`.
 * @example callbacks.lambdaCallback({ onEpochEnd: (epoch, logs) => console.log(epoch, logs.loss) })
 */
export function lambdaCallback(hooks: Hooks): Callback {
  return readOptions<Hooks>('lambdaCallback', hooks, {}, rules);
}
