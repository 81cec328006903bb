import type { Callback } from './callback.js';

/** Checkpoints that callbacks have asked for and that are not yet written. */
export type CheckpointQueue = string[];

/** The callbacks of one `fit`, told of one event after another. */
export class Listeners {
  readonly #callbacks: readonly Callback[];
  readonly #queue: CheckpointQueue;
  readonly #write: (path: string) => Promise<void>;

  constructor(callbacks: readonly Callback[], queue: CheckpointQueue, write: (path: string) => Promise<void>) {
    this.#callbacks = callbacks;
    this.#queue = queue;
    this.#write = write;
  }

  /** Whether a callback looks at each batch, for which the ranks must pause. */
  get watchBatches(): boolean {
    return this.#callbacks.some(
      ({ onBatchBegin, onBatchEnd }) => onBatchBegin !== undefined || onBatchEnd !== undefined,
    );
  }

  /**
   * Tells each in turn, then writes the checkpoints they asked for: written between two callbacks, one would hold the
   * event for the first and miss it for the second.
   */
  async tell(call: (callback: Callback) => unknown): Promise<void> {
    for (const callback of this.#callbacks) await call(callback);
    for (const path of this.#queue.splice(0)) await this.#write(path);
  }
}
