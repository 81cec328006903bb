/**
 * Calls a function of the user's of which nobody awaits a result. What it throws, or what a promise that it returns rejects
 * with later, goes to `failed`: it never becomes an uncaught exception, which would end the caller's process.
 */
export function callGuarded(call: () => unknown, failed: (error: unknown) => void): void {
  try {
    const returned = call();
    if (isThenable(returned)) returned.then(undefined, failed);
  } catch (error) {
    failed(error);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
