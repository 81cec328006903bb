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
    const text = format(value, kind, Number(digits));
    const sign = text.startsWith('-') ? '-' : '';
    return `${sign}${text.slice(sign.length).padStart(Number(width) - sign.length, '0')}`;
  });
}

function format(value: number, kind: string | undefined, digits: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (kind === 'f') return halfEven(digits, (more) => value.toFixed(more));
  // Python writes at least two digits of the exponent.
  const wide = (text: string): string => text.replace(/e([+-])(\d)$/, 'e$10$2');
  if (kind === 'e') return wide(halfEven(digits, (more) => value.toExponential(more)));
  return kind === 'd' ? String(Math.round(value)) : wide(String(value));
}

/** Digits beyond those that are kept, enough to tell a tie from its neighbours. */
const FURTHER = 25;

/**
 * Python rounds a number that lies in the middle to the even digit, JavaScript away from zero. `write` gives the digits of the
 * exact value after the point, as many as are asked for.
 */
function halfEven(digits: number, write: (digits: number) => string): string {
  const rounded = write(digits);
  const kept = Math.min(digits, 100 - FURTHER);
  const [mantissa, exponent = ''] = write(kept + FURTHER).split(/(?=e)/);
  const down = mantissa.slice(0, mantissa.length - FURTHER).replace(/\.$/, '');
  const isTie = kept === digits && /^50*$/.test(mantissa.slice(-FURTHER));
  return isTie && Number(down.at(-1)) % 2 === 0 ? `${down}${exponent}` : rounded;
}

function badField(field: string, hint: string): Error {
  return userError(
    'UNKNOWN_FIELD',
    `modelCheckpoint: filepath has the field ${field}, which cannot be filled (${hint}).`,
  );
}
