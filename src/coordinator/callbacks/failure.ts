/** What a callback has thrown; `fit` says where it stands and how to go on. Other errors are no callback's. */
export class CallbackFailure extends Error {
  override readonly name = 'CallbackFailure';

  constructor(thrown: unknown) {
    super(thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
  }
}

/** Does what a callback asks for; an error is its own. */
export async function asCallback<T>(call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw new CallbackFailure(error);
  }
}
