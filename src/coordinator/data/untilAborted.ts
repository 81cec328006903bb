/** What `work` resolves with; null when the signal comes first, which leaves `work` to itself: it may never be done. */
export async function untilAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<{ readonly value: T } | null> {
  let wake = (): void => {};
  const aborted = new Promise<null>((resolve) => {
    wake = () => resolve(null);
  });
  signal.addEventListener('abort', wake);
  if (signal.aborted) wake();
  try {
    return await Promise.race([aborted, work.then((value) => ({ value }))]);
  } finally {
    signal.removeEventListener('abort', wake);
  }
}
