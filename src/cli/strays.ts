import { fault, LockstepError } from '../shared/errors.js';

/** How long a command may take to keep what it has, once an error that nobody caught has come. */
const KEEP_WITHIN_MS = 30_000;

/**
 * Errors that nobody has caught, of modules of the user's for the most part: an event without a listener, a promise that
 * nobody awaits. A command that has something to keep says what it does about the first one.
 */
export class Strays {
  /** Rejects with one that no command has taken, or that a command was not done with in time. */
  readonly untaken: Promise<never>;
  #reject: (error: LockstepError) => void = () => {};
  #take: ((error: LockstepError) => void) | null = null;

  constructor() {
    this.untaken = new Promise((_, reject) => {
      this.#reject = reject;
    });
    this.untaken.catch(() => {});
  }

  /** Until the returned function is called, `take` hears of them and ends the command in its own way. */
  takenBy(take: (error: LockstepError) => void): () => void {
    this.#take = take;
    return () => {
      this.#take = null;
    };
  }

  meet(thrown: unknown): void {
    const error = uncaught(thrown);
    if (this.#take === null) {
      this.#reject(error);
      return;
    }
    this.#take(error);
    setTimeout(() => this.#reject(error), KEEP_WITHIN_MS).unref();
  }
}

function uncaught(thrown: unknown): LockstepError {
  if (thrown instanceof LockstepError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return fault('UNCAUGHT_ERROR', `An error was thrown that nobody caught: ${message.replace(/\.$/, '')}.`, thrown);
}
