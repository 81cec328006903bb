import type { Logs } from '../compiler/metrics.js';
import type { Callback, FitControl } from './callback.js';
import type { CheckpointQueue } from './checkpointQueue.js';
import { asCallback } from './failure.js';

/** The callbacks of one `fit`, told of one event after another. */
export class Listeners {
  readonly #callbacks: readonly Callback[];
  readonly #queue: CheckpointQueue;

  constructor(callbacks: readonly Callback[], queue: CheckpointQueue) {
    this.#callbacks = callbacks;
    this.#queue = queue;
  }

  /** Whether a callback looks at each batch, for which the ranks must pause. */
  get watchBatches(): boolean {
    return this.#callbacks.some(
      ({ onBatchBegin, onBatchEnd }) => onBatchBegin !== undefined || onBatchEnd !== undefined,
    );
  }

  /** What callbacks add to the logs of an epoch that has ended. */
  async epochLogs(fit: FitControl): Promise<Logs> {
    const added: Record<string, number> = {};
    for (const { epochLogs = {} } of this.#callbacks) {
      for (const [name, value] of Object.entries(epochLogs)) added[name] = await asCallback(() => value(fit));
    }
    return added;
  }

  /** Steps until a callback wants the ranks to pause, after `step` updates. */
  stepsToPause(step: number): number {
    const every = this.#callbacks.flatMap(({ pauseEvery }) => (pauseEvery === undefined ? [] : [pauseEvery]));
    return Math.min(...every.map((steps) => steps - (step % steps)));
  }

  /** Calls `onPause` of the callbacks that wanted the pause after `step` updates, or of all when one was asked for. */
  async pause(step: number, asked: boolean, fit: FitControl): Promise<void> {
    const wants = ({ pauseEvery = Number.POSITIVE_INFINITY }: Callback): boolean => asked || step % pauseEvery === 0;
    await this.tell((callback) => (wants(callback) ? callback.onPause?.(fit) : undefined));
  }

  /**
   * Tells each in turn, then takes the checkpoints they asked for: taken between two callbacks, one would hold the
   * event for the first and miss it for the second.
   */
  async tell(call: (callback: Callback) => unknown): Promise<void> {
    for (const callback of this.#callbacks) await asCallback(() => call(callback));
    await this.#queue.takeAll();
  }
}
