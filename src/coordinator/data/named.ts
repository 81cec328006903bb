import { userError } from '../../shared/errors.js';
import { suggestion } from '../options/suggestion.js';
import { hasMethod, isPlain, show } from '../options/values.js';

/** Whether one tensor's numbers are given, rather than a list or a record of several tensors. */
export function isSource(given: unknown): boolean {
  if (Array.isArray(given)) return given.length === 0 || ['number', 'bigint', 'boolean'].includes(typeof given[0]);
  if (typeof given !== 'object' || given === null) return false;
  return ArrayBuffer.isView(given) || 'data' in given || ('values' in given && 'shape' in given);
}

/**
 * One source for each name: given alone where there is one, else as a list in order or a record by name. Those in `unread` may be
 * left out, or be null in a list; they are undefined then.
 */
export function sourcesFor(
  what: string,
  given: unknown,
  names: readonly string[],
  unread: ReadonlySet<string> = new Set(),
): unknown[] {
  if (isRecordOf(given, names)) return fromRecord(what, given, names, unread);
  if (names.length === 1) return [isOneTensor(given) ? given[0] : given];
  if (Array.isArray(given) && given.length === names.length) return given;
  const found = Array.isArray(given) ? `a list of ${given.length}` : given === undefined ? 'nothing' : show(given);
  throw userError(
    'INVALID_DATA',
    `${what} is ${found}, but the model has ${names.length}: ${names.join(', ')}; give a record by these names, or a list in this order.`,
  );
}

/** A list of the only tensor there is. */
function isOneTensor(given: unknown): given is readonly unknown[] {
  return Array.isArray(given) && given.length === 1 && hasMethod(given[0], 'data');
}

/** A plain object that is not a tensor or `{ values, shape }`. */
function isRecordOf(given: unknown, names: readonly string[]): given is Readonly<Record<string, unknown>> {
  if (!isPlain(given)) return false;
  return !('values' in given && 'shape' in given) || names.some((name) => Object.hasOwn(given, name));
}

function fromRecord(
  what: string,
  given: Readonly<Record<string, unknown>>,
  names: readonly string[],
  unread: ReadonlySet<string>,
): unknown[] {
  const keys = Object.keys(given);
  const missing = names.find((name) => !keys.includes(name) && !unread.has(name));
  const unknown = keys.find((key) => !names.includes(key));
  if (missing === undefined && unknown === undefined) return names.map((name) => given[name]);
  if (unknown === undefined) throw userError('INVALID_DATA', `${what} lacks ${missing}; give ${names.join(', ')}.`);
  throw userError('INVALID_DATA', `${what} has ${unknown}, which the model has not; ${suggestion(unknown, names)}`);
}
