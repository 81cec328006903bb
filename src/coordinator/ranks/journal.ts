import type { SnapshotPlace } from '../../shared/protocol/messages.js';
import type { Command } from './job.js';

/** Commands kept; each may hold a dataset of its own. */
const MOST_COMMANDS = 100;

/** Bytes of gradients kept for updates with given ones. */
const MOST_GRADIENTS = 64 * 2 ** 20;

/** What a recovery starts from, and what it does again: the newest snapshot and the training commands since. */
export class Journal {
  #place: SnapshotPlace | null = null;
  #step = 0;
  #commands: Command[] = [];
  #milliseconds = 0;
  #gradientBytes = 0;
  /** A command's dataset is the caller's. */
  #borrows = false;
  #lost = false;

  /** Where the snapshot stands; null when there is none that belongs to the weights in force. */
  get place(): SnapshotPlace | null {
    return this.#place;
  }

  /** The place that the next snapshot may overwrite. */
  get freePlace(): SnapshotPlace {
    return this.#place === 0 ? 1 : 0;
  }

  /** Updates applied when the snapshot was taken. */
  get step(): number {
    return this.#step;
  }

  /** Training since the snapshot, oldest first. */
  get commands(): readonly Command[] {
    return this.#commands;
  }

  /** Time the ranks spent on those commands. */
  get milliseconds(): number {
    return this.#milliseconds;
  }

  /** Whether a snapshot must come before more training: there is none, or the commands cannot be carried out again. */
  get needsSnapshot(): boolean {
    return this.#place === null || this.#lost;
  }

  /** Whether the next command had better end in a snapshot. */
  get isFull(): boolean {
    return this.#commands.length >= MOST_COMMANDS - 1 || this.#gradientBytes >= MOST_GRADIENTS;
  }

  /** The caller may change from here on what it lent. */
  endCall(): void {
    this.#lost ||= this.#borrows;
  }

  /** Training has gone on by `command`. */
  add(command: Command, milliseconds: number): void {
    this.#milliseconds += milliseconds;
    this.#borrows ||= command.job.borrowed ?? false;
    if (command.job.mode === 'apply') this.#gradientBytes += command.job.gradient?.byteLength ?? 0;
    const last = this.#commands.at(-1);
    if (last !== undefined && follows(last, command)) {
      this.#commands[this.#commands.length - 1] = { ...last, job: { ...last.job, endBatch: command.job.endBatch } };
    } else {
      this.#commands.push(command);
    }
  }

  /** A snapshot of the weights after `step` updates stands at `place`. */
  rebase(place: SnapshotPlace, step: number): void {
    this.#place = place;
    this.#step = step;
    this.#commands = [];
    this.#milliseconds = 0;
    this.#gradientBytes = 0;
    this.#borrows = false;
    this.#lost = false;
  }

  /** Weights have changed other than by training. */
  clear(): void {
    this.#place = null;
    this.#commands = [];
    this.#gradientBytes = 0;
  }
}

/** Whether two commands are one that goes on: the totals then carry over by themselves. */
function follows({ job: a, learningRate, totals }: Command, { job: b, learningRate: rate, totals: since }: Command) {
  const sameData = a.mode === b.mode && a.dataset === b.dataset && a.order === b.order && a.batchSize === b.batchSize;
  const goesOn = a.endBatch === b.firstBatch && a.firstStep + a.endBatch - a.firstBatch === b.firstStep;
  const rows = Math.min(a.endBatch * a.batchSize, a.dataset.rows) - a.firstBatch * a.batchSize;
  return sameData && goesOn && learningRate === rate && totals[0] + rows === since[0];
}
