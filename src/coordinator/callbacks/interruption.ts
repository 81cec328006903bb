import { type LockstepError, userError } from '../../shared/errors.js';
import { untilAborted } from '../data/untilAborted.js';

/** Longer than any run; a timer's longest delay is 2^31 − 1 ms. */
const FOREVER_MS = 2 ** 31 - 1;

/**
 * What ends a `fit` before its time, whatever it is waiting for: the caller's signal, the end of the trainer, a display
 * that failed. The first reason counts.
 */
export class Interruption implements Disposable {
  readonly #controller = new AbortController();
  readonly #forget: (() => void)[] = [];
  #failure: { readonly error: unknown } | null = null;
  #over = false;

  /** Aborted once there is a reason to end. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends when that signal does; `reason` makes the error of that moment. */
  follow(signal: AbortSignal | undefined, reason: () => unknown): void {
    if (signal === undefined) return;
    const end = (): void => this.#controller.abort(reason);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    this.#forget.push(() => signal.removeEventListener('abort', end));
  }

  /** A display has failed. When training is over nobody is left to be told but the process. */
  fail(error: unknown): void {
    if (this.#over) {
      process.emitWarning(error instanceof Error ? error : String(error));
      return;
    }
    this.#failure ??= { error };
    this.#controller.abort(() => error);
  }

  /** Throws when there is a reason to end. */
  requireGoOn(): void {
    if (this.signal.aborted) throw (this.signal.reason as () => unknown)();
  }

  /** Throws when a display has failed, also where nothing is left to interrupt. */
  requireHeard(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }

  /**
   * What `work` resolves with, unless there is a reason to end before: it may never be done. The wait keeps the process
   * alive, as a call in progress does.
   */
  async orEnd<T>(work: Promise<T>): Promise<T> {
    const held = setInterval(() => {}, FOREVER_MS);
    try {
      const done = await untilAborted(this.signal, work);
      if (done !== null) return done.value;
    } finally {
      clearInterval(held);
    }
    throw (this.signal.reason as () => unknown)();
  }

  [Symbol.dispose](): void {
    this.#over = true;
    for (const forget of this.#forget) forget();
  }
}

/** What was done, unless it was cut short: nothing but the end of the trainer does that to a call. */
export function requireWhole<T>(done: T | null): T {
  if (done === null) throw closedDuringCall();
  return done;
}

/** What a call rejects with whose trainer was closed. */
export function closedDuringCall(): LockstepError {
  return userError('CLOSED', 'The trainer was closed during the call; create or resume another one.');
}
