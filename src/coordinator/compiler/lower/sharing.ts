import { userError } from '../../../shared/errors.js';
import { sizeOf } from './description.js';

/** A row read as (outer, own, inner): elements that differ only in the first and the last share something. */
export interface Sharing {
  readonly outer: number;
  readonly own: number;
  readonly inner: number;
}

/**
 * How the elements of a row of `shape` share `what`, which has the shape `own`: lengths of 1 are the shared axes. The axes
 * that are not shared must follow each other.
 */
export function sharingOf(layer: string, what: string, own: readonly number[], shape: readonly number[]): Sharing {
  const first = own.findIndex((length) => length > 1);
  const last = own.findLastIndex((length) => length > 1);
  const [from, to] = first < 0 ? [0, 0] : [first, last + 1];
  const fits = own.length === shape.length && own.every((length, i) => length === 1 || length === shape[i]);
  if (fits && sizeOf(shape.slice(from, to)) === sizeOf(own)) {
    return { outer: sizeOf(shape.slice(0, from)), own: sizeOf(own), inner: sizeOf(shape.slice(to)) };
  }
  throw userError(
    'UNSUPPORTED_ARGUMENT',
    `Layer ${layer} has ${what} of shape [${own.join(', ')}] for rows of shape [${shape.join(', ')}]; share the first axes, the last ones, or both, and none between two that are not shared.`,
  );
}
