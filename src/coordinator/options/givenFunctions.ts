import { userError } from '../../shared/errors.js';
import { jointOf } from '../tracing/joint.js';
import type { TensorFunction } from '../tracing/trace.js';
import { isPlain } from './values.js';

/** Functions as they stand in a trainer's options. */

/** A function, given alone or beside options. */
export function functionIn(given: unknown): TensorFunction | undefined {
  if (typeof given === 'function') return given as TensorFunction;
  return isFunctionWithOptions(given) ? given.function : undefined;
}

/** The options that it stands beside. */
export function withoutFunction({ function: _, ...more }: { readonly function?: unknown }): object {
  return more;
}

/** Whether what is given is one loss over all outputs. */
export function isOverAllOutputs(given: unknown): boolean {
  return jointOf(functionIn(given)) !== undefined;
}

export function misplacedJoint(what: string, output: string): Error {
  return userError(
    'INVALID_OPTION',
    `The ${what} of output ${output} is what jointLoss returned, which is one loss over all outputs; give it as the option loss itself.`,
  );
}

function isFunctionWithOptions(given: unknown): given is { readonly function: TensorFunction } {
  return isPlain(given) && typeof given.function === 'function';
}
