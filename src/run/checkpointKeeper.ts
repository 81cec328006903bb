import { join } from 'node:path';
import type { Logger } from 'pino';
import type { TakenCheckpoint } from '../coordinator/checkpoint/writer.js';
import type { Trainer } from '../coordinator/trainer.js';
import { LockstepError } from '../shared/errors.js';
import { reason } from '../shared/files.js';
import { checkpointName, markBest, pruneCheckpoints } from './checkpoints.js';
import { writeStatus } from './status.js';

interface KeeperPlan {
  readonly trainer: Trainer;
  /** The run directory, and the one of its checkpoints. */
  readonly run: string;
  readonly directory: string;
  /** How many of the newest to keep. */
  readonly keep: number;
  /** The lowest value of an epoch so far. */
  readonly best: number;
  readonly log: Logger;
  readonly warn: (message: string) => void;
}

/** Takes the checkpoints of a run and keeps the newest and the best of them. What cannot be written is told. */
export class CheckpointKeeper {
  readonly #plan: KeeperPlan;
  #best: number;
  #writing: Promise<void> = Promise.resolve();

  constructor(plan: KeeperPlan) {
    this.#plan = plan;
    this.#best = plan.best;
  }

  /** Takes a checkpoint, which is written while training goes on; `value` rates the epoch that has just ended. */
  async take(value = Number.POSITIVE_INFINITY): Promise<void> {
    const isBest = value < this.#best;
    if (isBest) this.#best = value;
    try {
      const { written } = await this.#start(isBest);
      this.#writing = written.catch((error) => this.#warn(error));
    } catch (error) {
      if (!(error instanceof LockstepError) || error.code !== 'CHECKPOINT_UNWRITABLE') throw error;
      this.#warn(error);
    }
  }

  /** Takes one and waits until it is written; rejects when it cannot be. */
  async takeLast(): Promise<void> {
    await this.settle();
    await (await this.#start(false)).written;
  }

  /** Resolves when everything taken is written, or told to be lost. */
  async settle(): Promise<void> {
    await this.#writing;
  }

  async #start(isBest: boolean): Promise<TakenCheckpoint> {
    const { trainer, directory } = this.#plan;
    const { step } = trainer;
    const path = join(directory, checkpointName(step));
    const began = performance.now();
    const { written } = await trainer.takeCheckpoint(path);
    return { written: written.then(() => this.#keep(path, step, isBest, began)) };
  }

  async #keep(path: string, step: number, isBest: boolean, began: number): Promise<void> {
    const { run, directory, keep, log } = this.#plan;
    if (isBest) await markBest(path);
    await pruneCheckpoints(directory, keep);
    await writeStatus(run, { state: 'running', step });
    log.info({ path, step, isBest, milliseconds: Math.round(performance.now() - began) }, 'checkpoint written');
  }

  #warn(error: unknown): void {
    const message = `${error instanceof LockstepError ? error.message : `A checkpoint was not kept: ${reason(error)}.`} Training goes on.`;
    this.#plan.log.warn(message);
    this.#plan.warn(message);
  }
}
