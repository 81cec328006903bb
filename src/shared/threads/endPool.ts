/** Ample for threads that have nothing left to do. */
const END_WITHIN_MS = 10_000;

/**
 * Ends the threads of a pool. One that the system could not start for want of threads may never tell that it has ended, so
 * this waits only so long.
 */
export async function endPool(pool: { destroy(): Promise<void> }): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, END_WITHIN_MS);
  });
  await Promise.race([pool.destroy(), late]).finally(() => clearTimeout(timer));
}
