import { stat } from 'node:fs/promises';
import { fault, type LockstepError } from '../shared/errors.js';
import { shorten } from './runDirectory.js';

/** The code of the error that a run ends with whose directory is gone. */
export const RUN_GONE = 'RUN_GONE';

/** What is found where a run directory was: itself, nothing, or something else. */
type Finding = 'there' | 'nothing' | 'another';

/** Watches that a run directory stays what it was: it may be removed, moved or replaced while a run writes to it. */
export class Presence {
  readonly #directory: string;
  #identity: string;
  /** The step after which it was missed first. */
  #missedAt: number | null = null;

  private constructor(directory: string, identity: string) {
    this.#directory = directory;
    this.#identity = identity;
  }

  static async of(directory: string): Promise<Presence> {
    return new Presence(directory, await identityOf(directory));
  }

  async look(): Promise<Finding> {
    const identity = await identityOf(this.#directory).catch(() => null);
    if (identity === null) return 'nothing';
    return identity === this.#identity ? 'there' : 'another';
  }

  /** Whether it can be written to after `step`. It is missed once with a warning; missed again it ends the run. */
  async isThere(step: number, warn: (message: string) => void): Promise<boolean> {
    if ((await this.look()) === 'there') {
      this.#missedAt = null;
      return true;
    }
    if (this.#missedAt !== null && step > this.#missedAt) throw this.error();
    if (this.#missedAt === null) {
      warn(
        `The run directory ${shorten(this.#directory)} is gone: it was removed, moved or replaced. Put it back, or training ends at the next epoch or checkpoint.`,
      );
    }
    this.#missedAt ??= step;
    return false;
  }

  /** The directory was made again. */
  async renew(): Promise<void> {
    this.#identity = await identityOf(this.#directory);
  }

  error(): LockstepError {
    return fault(
      RUN_GONE,
      `The run directory ${shorten(this.#directory)} was removed, moved or replaced while it trained.`,
    );
  }
}

/** The directory by its place on the disk. */
async function identityOf(directory: string): Promise<string> {
  const { dev, ino } = await stat(directory, { bigint: true });
  return `${dev}-${ino}`;
}
