import { userError } from '../../shared/errors.js';
import type { DataSource, TensorSources } from '../options/trainerOptions.js';

/** One source for each name: given alone where there is one, else as a list in order or a record by name. */
export function sourcesFor(what: string, given: TensorSources, names: readonly string[]): DataSource[] {
  if (isRecordOf(given, names)) return fromRecord(what, given, names);
  if (names.length === 1) return [given as DataSource];
  if (Array.isArray(given) && given.length === names.length) return given as DataSource[];
  const found = Array.isArray(given) ? `a list of ${given.length}` : describe(given);
  throw userError(
    'INVALID_DATA',
    `${what} is ${found}, but the model has ${names.length}: ${names.join(', ')}; give a record by these names, or a list in this order.`,
  );
}

/** A plain object that is not a tensor or `{ values, shape }`. */
function isRecordOf(given: TensorSources, names: readonly string[]): given is Readonly<Record<string, DataSource>> {
  if (typeof given !== 'object' || given === null || Object.getPrototypeOf(given) !== Object.prototype) return false;
  return !('values' in given && 'shape' in given) || names.some((name) => Object.hasOwn(given, name));
}

function fromRecord(what: string, given: Readonly<Record<string, DataSource>>, names: readonly string[]): DataSource[] {
  const keys = Object.keys(given);
  const missing = names.find((name) => !keys.includes(name));
  const unknown = keys.find((key) => !names.includes(key));
  if (missing === undefined && unknown === undefined) return names.map((name) => given[name]);
  const problem = missing === undefined ? `has ${unknown}, which the model has not` : `lacks ${missing}`;
  throw userError('INVALID_DATA', `${what} ${problem}; give ${names.join(', ')}.`);
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? `an object of type ${value.constructor?.name}`
    : (JSON.stringify(value) ?? 'nothing');
}
