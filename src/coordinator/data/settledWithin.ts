/** How long the end of a call waits for a source under way, which may never answer. */
export const LEAVE_AFTER_MS = 5_000;

/** Resolves when that is settled, or after so many milliseconds. */
export async function settledWithin(milliseconds: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work.catch(() => {}), late]);
  clearTimeout(timer);
}
