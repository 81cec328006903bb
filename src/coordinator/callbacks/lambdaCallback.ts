import type { Callback } from './callback.js';
import { readHooks } from './hooks.js';

/** The hooks of a callback, as functions. */
export type Hooks = Omit<Callback, 'name' | 'state' | 'restore'>;

/**
 * A callback made of functions, as Keras's LambdaCallback (https://keras.io/api/callbacks/lambda_callback/). `fit` takes
 * a plain object of hooks as well; this one refuses names that are no hooks.
 *
 * @throws LockstepError `INVALID_OPTION` or `UNKNOWN_OPTION`.
 * @example callbacks.lambdaCallback({ onEpochEnd: (epoch, logs) => console.log(epoch, logs.loss) })
 */
export function lambdaCallback(hooks: Hooks): Callback {
  return readHooks('lambdaCallback', hooks);
}
