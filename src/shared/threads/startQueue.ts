import { ArrayTaskQueue } from 'piscina';

type Task = Parameters<ArrayTaskQueue['push']>[0];

/**
 * The tasks that wait for a thread. Piscina may fail to get a thread after it has queued the task: the error is thrown to
 * the caller, and the task's promise, which nobody has, would be rejected when the pool ends. Such a task is taken out.
 */
export class StartQueue extends ArrayTaskQueue {
  #newest: Task | null = null;

  override push(task: Task): void {
    this.#newest = task;
    super.push(task);
  }

  /** What `start` returns; where it throws, the task that it queued is forgotten. */
  orForget<T>(start: () => T): T {
    this.#newest = null;
    try {
      return start();
    } catch (error) {
      if (this.#newest !== null) this.remove(this.#newest);
      throw error;
    }
  }
  /** Forgets every task that waits. */
  forgetAll(): void {
    while (this.size > 0) this.shift();
  }
}
