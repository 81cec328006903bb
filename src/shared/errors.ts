import { plainSentence } from './plainText.js';

/** Whose turn it is to act: the user mends an input, or something failed that should not have. */
export type Blame = 'user' | 'fault';

/**
 * Every error that Lockstep throws on purpose.
 *
 * `code` is stable and can be tested for; the message is one sentence with the value received, the value expected and
 * what to do; what it quotes of a file is cut short and without control characters. The CLI ends with 2 on `blame: 'user'` and with 1 on a fault.
 */
export class LockstepError extends Error {
  override readonly name = 'LockstepError';
  readonly code: string;
  readonly blame: Blame;

  constructor(code: string, message: string, options: { blame?: Blame; cause?: unknown } = {}) {
    super(plainSentence(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.blame = options.blame ?? 'user';
  }
}

/**
 * Rows of a source that training could not have. `finding` names the row and the cause; the message goes on with where the
 * trainer stands.
 */
export class DataFailure extends LockstepError {
  readonly finding: string;

  constructor(finding: string, next: string, cause: unknown) {
    super('DATA_FAILED', `${finding}. ${next}`, { blame: 'fault', cause });
    this.finding = finding;
  }
}

/** A mistake in what the user gave: config, data, model or options. */
export function userError(code: string, message: string, cause?: unknown): LockstepError {
  return new LockstepError(code, message, { cause });
}

/** Something that failed although the input was good: a rank, the disk, an engine. */
export function fault(code: string, message: string, cause?: unknown): LockstepError {
  return new LockstepError(code, message, { blame: 'fault', cause });
}
