import { untilAborted } from '../coordinator/data/untilAborted.js';
import { type DataFailure, LockstepError, userError } from '../shared/errors.js';

/** What a run ends with that was stopped: the reason of the signal where it is an error of Lockstep's own. */
export function causeOf(error: unknown, { reason }: AbortSignal): unknown {
  const isStop = error instanceof LockstepError && error.code === 'ABORTED';
  return isStop && reason instanceof LockstepError ? reason : error;
}

/**
 * What `work` resolves with, unless the signal comes first: a module of the user's may never answer. What comes too late
 * goes to `discard`.
 */
export async function orStopped<T>(
  signal: AbortSignal,
  work: Promise<T>,
  discard: (late: T) => unknown = () => {},
): Promise<T> {
  const done = await untilAborted(signal, work);
  if (done !== null) return done.value;
  work.then(discard).catch(() => {});
  throw causeOf(notBegun(), signal);
}

function notBegun(): LockstepError {
  return userError('ABORTED', 'Training was stopped before its first step; nothing was written.');
}

/** The error of data that failed before anything was trained. */
export function untrained({ code, finding, cause }: DataFailure): LockstepError {
  return userError(
    code,
    `${finding}. No step was trained, so nothing is kept; mend the source and start again.`,
    cause,
  );
}

export function isUserError(error: unknown): boolean {
  return error instanceof LockstepError && error.blame === 'user';
}

/** The code and the sentence of any error. */
export function described(error: unknown): { code: string; message: string } {
  const { code = 'UNEXPECTED', message } = error as { code?: string; message: string };
  return { code, message };
}
