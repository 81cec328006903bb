import type { Callback } from './callback.js';

/** For the option `verbose`. */
export function progressFor(verbose: 0 | 1 | 2): Callback[] {
  return verbose === 0 ? [] : [];
}
