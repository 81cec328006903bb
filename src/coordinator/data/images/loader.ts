import { availableParallelism } from 'node:os';
import type { Piscina } from 'piscina';
import { fault } from '../../../shared/errors.js';
import { firstLine } from '../../../shared/files.js';
import { openPool } from '../../../shared/threads/openPool.js';
import { shortageIn } from '../../../shared/threads/shortage.js';
import { StartQueue } from '../../../shared/threads/startQueue.js';
import type { PictureProblem, PictureTask } from './task.js';

/** More threads than this wait for the disk, or for memory. */
const MOST_THREADS = 8;

/** How many threads load where nobody says: one a core. */
export const defaultLoaders = (): number => Math.min(availableParallelism(), MOST_THREADS);

/** How often a task is given again after the thread that had it has died. */
const RESTARTS = 1;

/** Threads that make pictures, begun with the first task and kept until `close`. Which thread makes which picture changes nothing. */
export class PictureLoader {
  readonly #threads: number;
  #pool: { readonly pool: Piscina; readonly queue: StartQueue; readonly lost: Promise<never> } | null = null;

  constructor(threads: number) {
    this.#threads = threads;
  }

  /** Makes all pictures of a task; returns those that cannot be had, by their places. */
  async load(task: Omit<PictureTask, 'taken'>): Promise<PictureProblem[]> {
    for (let restarts = 0; ; restarts++) {
      try {
        return await this.#loadOnce({ ...task, taken: new SharedArrayBuffer(4) });
      } catch (error) {
        await this.close();
        if (restarts < RESTARTS) continue;
        const why = shortageIn(firstLine(error)) ?? firstLine(error);
        throw fault(
          'LOADER_FAILED',
          `A thread that loads pictures has ended: ${why}; start again, with fewer loaders if memory is short.`,
          error,
        );
      }
    }
  }

  /** Ends the threads; another task begins new ones. */
  async close(): Promise<void> {
    const opened = this.#pool;
    this.#pool = null;
    await opened?.pool.destroy();
  }

  async #loadOnce(task: PictureTask): Promise<PictureProblem[]> {
    this.#pool ??= openThreads(this.#threads);
    const { pool, queue, lost } = this.#pool;
    const threads = Math.min(this.#threads, task.rows.length);
    const parts = Array.from({ length: threads }, () =>
      queue.orForget(() => pool.run(task) as Promise<PictureProblem[]>),
    );
    const found = await Promise.race([Promise.all(parts), lost]);
    return found.flat().sort((a, b) => a.index - b.index);
  }
}

/** `lost` rejects when a thread has died before it was given its task, which then nobody has. */
function openThreads(threads: number) {
  const queue = new StartQueue();
  const pool = openPool(new URL('./thread.js', import.meta.url), queue, { maxThreads: threads });
  const lost = new Promise<never>((_, reject) => pool.on('error', reject));
  lost.catch(() => {});
  return { pool, queue, lost };
}
