import { LockstepError } from '../shared/errors.js';

/** What a measurement gives, or why there is none: a layer that does not lower is a reason to go on with the next. */
export async function skipUnsupported<T>(measure: () => Promise<T>): Promise<T | { readonly skipped: string }> {
  try {
    return await measure();
  } catch (error) {
    if (error instanceof LockstepError && error.code === 'UNSUPPORTED_LAYER') return { skipped: error.message };
    throw error;
  }
}
