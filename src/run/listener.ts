import { callGuarded } from '../coordinator/callbacks/guarded.js';
import { fault, type LockstepError } from '../shared/errors.js';
import type { RunEvent } from './events.js';

/** The caller's ear for the events of a run. One that fails ends the run, as a callback that fails ends `fit`. */
export class RunListener {
  readonly #onEvent: (event: RunEvent) => void;
  readonly #controller = new AbortController();
  #over = false;

  constructor(onEvent: (event: RunEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** Aborted by a failure, with the error that the run ends with. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly tell = (event: RunEvent): void => {
    callGuarded(
      () => this.#onEvent(event),
      (error) => this.#fail(event, error),
    );
  };

  /** Throws when it has failed. */
  requireHeard(): void {
    this.signal.throwIfAborted();
  }

  /** The run has ended: a failure after that is told to the process. */
  end(): void {
    this.#over = true;
  }

  #fail({ event }: RunEvent, error: unknown): void {
    const failure = failed(event, error);
    if (this.#over) process.emitWarning(failure);
    else this.#controller.abort(failure);
  }
}

function failed(event: string, error: unknown): LockstepError {
  const message = error instanceof Error ? error.message : String(error);
  return fault('CALLBACK_FAILED', `The listener onEvent failed at the event ${event}: ${message}.`, error);
}
