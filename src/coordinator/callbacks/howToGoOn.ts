import { DataFailure, fault, LockstepError, userError } from '../../shared/errors.js';
import type { FitPosition, TrainingState } from '../checkpoint/position.js';
import { UnreadableRows } from '../data/readAhead.js';
import { CallbackFailure } from './failure.js';

/** What a callback or a data source throws is not an error of Lockstep's own: it gets the place, and how to go on from there. */
export function sayHowToGoOn(
  error: unknown,
  { step, position }: Pick<TrainingState, 'step' | 'position'>,
  { epoch, batch }: Pick<FitPosition, 'epoch' | 'batch'>,
): unknown {
  if (error instanceof UnreadableRows) {
    const next = `The trainer stands after step ${step}: mend the source and call fit again, or keep what is trained with trainer.checkpoint(path).`;
    return new DataFailure(error.message, next, error.cause);
  }
  if (!(error instanceof CallbackFailure)) return error;
  const { message, cause } = error;
  if (cause instanceof LockstepError) return cause;
  if (position === null) {
    return fault(
      'CALLBACK_FAILED',
      `A callback failed when training had ended, after step ${step}: ${message}.`,
      cause,
    );
  }
  return fault(
    'CALLBACK_FAILED',
    `A callback failed in epoch ${epoch + 1} after batch ${batch}: ${message}; the trainer stands after step ${step}, so call fit again to go on.`,
    cause,
  );
}

export function aborted({ epoch, batch }: Pick<FitPosition, 'epoch' | 'batch'>): LockstepError {
  return userError(
    'ABORTED',
    `Training was stopped in epoch ${epoch + 1} after batch ${batch}; call fit again to go on.`,
  );
}
