import type { Callback } from './callback.js';

/**
 * Ends training at a loss that is not finite: `fit` then closes the epoch and returns its history, whose last loss is
 * NaN or infinite, instead of rejecting with `NON_FINITE_LOSS`. The weights are those from before that batch
 * (https://keras.io/api/callbacks/terminate_on_nan/).
 *
 * @example callbacks.terminateOnNaN()
 */
export function terminateOnNaN(): Callback {
  return { name: 'terminateOnNaN', onNonFiniteLoss: (_error, fit) => fit.stopTraining() };
}
