import { LockstepError } from '../../shared/errors.js';
import type { TakenCheckpoint } from '../checkpoint/writer.js';
import type { CheckpointFailedEvent } from '../options/events.js';

/** What the queue asks of the trainer. */
export interface CheckpointHost {
  takeCheckpoint(path: string): Promise<TakenCheckpoint>;
  tell(event: CheckpointFailedEvent): void;
}

/**
 * The checkpoints that callbacks of one `fit` ask for: taken while the ranks stand still, written while they go on. One
 * that cannot be written is told and training goes on.
 */
export class CheckpointQueue {
  readonly #host: CheckpointHost;
  #asked: string[] = [];
  #writing = new Set<Promise<void>>();

  constructor(host: CheckpointHost) {
    this.#host = host;
  }

  ask(path: string): void {
    this.#asked.push(path);
  }

  /** Takes what was asked for, in that order. */
  async takeAll(): Promise<void> {
    for (const path of this.#asked.splice(0)) await this.#take(path);
  }

  /** Resolves when everything taken is written, or told to be lost. */
  async settle(): Promise<void> {
    await Promise.all(this.#writing);
  }

  async #take(path: string): Promise<void> {
    try {
      const { written } = await this.#host.takeCheckpoint(path);
      const writing: Promise<void> = written
        .catch((error) => this.#report(path, error))
        .finally(() => this.#writing.delete(writing));
      this.#writing.add(writing);
    } catch (error) {
      if (!(error instanceof LockstepError) || error.code !== 'CHECKPOINT_UNWRITABLE') throw error;
      this.#report(path, error);
    }
  }

  #report(path: string, { message }: Error): void {
    this.#host.tell({ event: 'checkpointFailed', path, cause: message });
  }
}
