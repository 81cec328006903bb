import { userError } from '../../shared/errors.js';

/** `{name}` or `{name:format}`: 1 is the name, 2 the zero-padded width, 3 the digits after the point, 4 the kind. */
const FIELD = /\{(\w+)(?::(?:0(\d+))?(?:\.(\d+))?([dfe]))?\}/g;

/** Refuses fields that are not among `names` or whose format is not understood. */
export function checkFields(filepath: string, names: readonly string[]): void {
  for (const [field, name] of filepath.matchAll(FIELD)) {
    if (!names.includes(name)) throw badField(field, `known: ${names.join(', ')}`);
  }
  const rest = filepath.replaceAll(FIELD, '').match(/\{[^}]*\}?/);
  if (rest !== null) throw badField(rest[0], 'formats are :02d, :.3f and :.3e');
}

/** Python's format of those numbers, for the kinds d, f and e. */
export function fillFields(filepath: string, values: Readonly<Record<string, number>>): string {
  return filepath.replaceAll(FIELD, (_, name: string, width = '0', digits = '6', kind?: string) => {
    const value = values[name];
    return format(value, kind, Number(digits)).padStart(Number(width), '0');
  });
}

function format(value: number, kind: string | undefined, digits: number): string {
  if (kind === 'f') return value.toFixed(digits);
  // Python writes at least two digits of the exponent.
  if (kind === 'e') return value.toExponential(digits).replace(/([+-])(\d)$/, '$10$2');
  return kind === 'd' ? String(Math.round(value)) : String(value);
}

function badField(field: string, hint: string): Error {
  return userError(
    'UNKNOWN_FIELD',
    `modelCheckpoint: filepath has the field ${field}, which cannot be filled (${hint}).`,
  );
}
