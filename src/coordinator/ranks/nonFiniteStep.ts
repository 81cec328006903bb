import { type LockstepError, userError } from '../../shared/errors.js';
import type { NonFinite } from '../../shared/protocol/messages.js';

/** The error of a step that is not taken; the weights are those before it. */
export function nonFiniteStep(what: NonFinite, loss: number, place: string): LockstepError {
  const found = {
    loss: `The loss is ${loss} at ${place}; the update was not applied`,
    update: `The loss is ${loss} at ${place}, but its gradient, or a weight that it leads to, is not finite; the update was undone`,
  }[what];
  const advice = {
    loss: 'Lower the learning rate or look for extreme values in that batch',
    update: 'Lower the learning rate, clip the gradients (clipnorm), or look for extreme values in that batch',
  }[what];
  return userError('NON_FINITE_LOSS', `${found}, so the weights are those before it. ${advice}.`);
}

/** The error of an update with given gradients that is not taken. */
export function nonFiniteUpdate(step: number): LockstepError {
  return userError(
    'NON_FINITE_LOSS',
    `The gradients given lead to a weight that is not finite at step ${step}; the update was undone, so the weights are those before it. Lower the learning rate or clip the gradients (clipnorm).`,
  );
}

/** The same without a snapshot, where nothing brings the weights back. */
export function spoiltForGood(step: number): LockstepError {
  return userError(
    'NON_FINITE_LOSS',
    `The gradient of step ${step}, or a weight that it leads to, is not finite, and with maxRestarts 0 the weights before it are not kept; resume from a checkpoint, with a lower learning rate.`,
  );
}
