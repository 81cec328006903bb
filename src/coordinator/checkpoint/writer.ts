import type { Piscina } from 'piscina';
import { fault, userError } from '../../shared/errors.js';
import { openPool } from '../../shared/threads/openPool.js';
import { shortageIn } from '../../shared/threads/shortage.js';
import { StartQueue } from '../../shared/threads/startQueue.js';
import { RUN_SECTION } from './contents.js';
import type { VectorPlace, WriteTask } from './thread.js';

export interface WriterPlan {
  /** Bytes of the copied training state. */
  readonly stateBytes: number;
  readonly vectors: readonly VectorPlace[];
  /** Seconds that a write may take beside its time at the slowest rate. */
  readonly stallLimit: number;
  /** Faults to inject, for tests alone: the memory of a `FaultPlan`. */
  readonly faults?: SharedArrayBuffer;
}

/** A checkpoint that has been taken: training may go on while it is written. */
export interface TakenCheckpoint {
  /** Resolves when the file is safely on disk; rejects with `CHECKPOINT_UNWRITABLE`. */
  readonly written: Promise<void>;
}

/** A disk slower than this, in bytes a second, is taken for one that has stalled. */
const SLOWEST_RATE = 10e6;

/** Ample for the table of sections; vectors are not on the heap. */
const HEAP_MIB = 128;

/**
 * Writes checkpoints on a thread of its own, one at a time. The state is copied to memory that belongs to the writer, so
 * training goes on as soon as the copy is made.
 */
export class CheckpointWriter {
  readonly #plan: WriterPlan;
  #memory: SharedArrayBuffer | null = null;
  #thread: WriterThread | null = null;
  /** Settles when everything asked for so far is written or lost. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(plan: WriterPlan) {
    this.#plan = plan;
  }

  /**
   * Waits for the checkpoint before this one, then has `take` copy the state and describe the run at that moment.
   * Resolves when that is done.
   */
  take(path: string, take: (memory: SharedArrayBuffer) => Promise<Uint8Array>): Promise<TakenCheckpoint> {
    const taken = this.#last.then(async () => {
      this.#memory ??= new SharedArrayBuffer(this.#plan.stateBytes);
      const run = await take(this.#memory);
      return { written: this.#write(path, run, this.#memory) };
    });
    this.#last = Promise.allSettled([taken.then(({ written }) => written)]);
    return taken;
  }

  /** Ends the thread; a checkpoint that is being written is waited for. */
  async close(): Promise<void> {
    await this.#last;
    await this.#endThread();
  }

  async #write(path: string, run: Uint8Array, memory: SharedArrayBuffer): Promise<void> {
    const { vectors, faults } = this.#plan;
    const place = { path, runSection: RUN_SECTION, run, memory, vectors };
    const task: WriteTask = { ...place, ...(faults !== undefined && { faults }) };
    const refusal = await this.#inTime(this.#run(task)).catch((error: Error) => {
      // Whatever happened to it, the next checkpoint gets another thread.
      void this.#endThread();
      throw fault('CHECKPOINT_UNWRITABLE', sentence(path, shortageIn(error.message) ?? error.message), error);
    });
    if (refusal !== null) throw userError('CHECKPOINT_UNWRITABLE', sentence(path, refusal));
  }

  async #run(task: WriteTask): Promise<string | null> {
    this.#thread ??= startThread();
    const { pool, queue, lost } = this.#thread;
    return Promise.race([queue.orForget(() => pool.run(task)), lost]);
  }

  /** A write that takes too long is given up. */
  async #inTime<T>(writing: Promise<T>): Promise<T> {
    const seconds = this.#plan.stallLimit + this.#plan.stateBytes / SLOWEST_RATE;
    if (!Number.isFinite(seconds)) return writing;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`it was not done after ${seconds.toFixed(1)} s`)), seconds * 1000);
    });
    return Promise.race([writing, late]).finally(() => clearTimeout(timer));
  }

  async #endThread(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    await thread?.pool.destroy();
  }
}

interface WriterThread {
  readonly pool: Piscina;
  readonly queue: StartQueue;
  /** Rejects when the thread has died before it was given its task, which then nobody has. */
  readonly lost: Promise<never>;
}

/** A thread at rest does not keep the process alive; one that writes does, until the file is whole. */
function startThread(): WriterThread {
  const queue = new StartQueue();
  const pool = openPool(new URL('./thread.js', import.meta.url), queue, {
    maxThreads: 1,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
  });
  const lost = new Promise<never>((_, reject) => pool.on('error', reject));
  lost.catch(() => {});
  return { pool, queue, lost };
}

function sentence(path: string, why: string): string {
  return `Checkpoint ${path} could not be written: ${why}; the state of training is as it was.`;
}
