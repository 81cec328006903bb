import { isPlain } from './values.js';

/** `beta_1` → `beta1`, `batch_size` → `batchSize`; names without an underscore stay as they are. */
export function camelCase(name: string): string {
  return name.replace(/(?<=[a-z0-9])_+([a-z0-9])/gi, (_, next: string) => next.toUpperCase());
}

/** Renames the keys of a record from Keras's snake_case, recursively. */
export function camelCaseKeys(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [camelCase(key), camelCaseValue(value)]));
}

function camelCaseValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(camelCaseValue);
  return isPlain(value) ? camelCaseKeys(value) : value;
}
