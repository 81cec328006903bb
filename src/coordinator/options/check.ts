import { closest } from 'fastest-levenshtein';
import { userError } from '../../shared/errors.js';

/** What an option must be, as a test and in words. */
export interface Rule {
  readonly expected: string;
  accepts(value: unknown): boolean;
}

export type Rules<T> = { readonly [name in keyof Required<T>]: Rule };

/**
 * The options of `owner` with its defaults for those left out. An option that is unknown, missing or not what its rule
 * expects is an error that names it.
 */
export function readOptions<T extends object>(owner: string, given: object, defaults: Partial<T>, rules: Rules<T>): T {
  const options = { ...defaults, ...withoutUndefined(given) };
  const names = Object.keys(rules);
  for (const name of Object.keys(options)) if (!names.includes(name)) throw unknownOption(owner, name, names);
  for (const [name, rule] of Object.entries<Rule>(rules)) {
    const value = (options as Record<string, unknown>)[name];
    if (!rule.accepts(value)) throw invalidOption(owner, name, value, rule);
  }
  return options as T;
}

export const flag: Rule = { expected: 'true or false', accepts: (value) => typeof value === 'boolean' };

export const finite: Rule = { expected: 'a finite number', accepts: Number.isFinite };

export function text(expected: string): Rule {
  return { expected, accepts: (value) => typeof value === 'string' && value !== '' };
}

export function oneOf(...values: readonly string[]): Rule {
  return { expected: `one of ${values.join(', ')}`, accepts: (value) => values.includes(value as string) };
}

export function wholeFrom(min: number): Rule {
  const accepts = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= min;
  return { expected: `a whole number of at least ${min}`, accepts };
}

/** A finite number of which `test` holds. */
export function number(expected: string, test: (value: number) => boolean): Rule {
  return { expected, accepts: (value) => Number.isFinite(value) && test(value as number) };
}

export const nonNegative = number('a number of at least 0', (value) => value >= 0);
export const positive = number('a number above 0', (value) => value > 0);

export function optional(rule: Rule): Rule {
  return { expected: rule.expected, accepts: (value) => value === undefined || rule.accepts(value) };
}

function withoutUndefined(given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function unknownOption(owner: string, name: string, names: readonly string[]): Error {
  return userError(
    'UNKNOWN_OPTION',
    `${owner} has no option ${name}; did you mean ${closest(name, names)}? (known: ${names.join(', ')})`,
  );
}

function invalidOption(owner: string, name: string, value: unknown, { expected }: Rule): Error {
  const received = value === undefined ? 'is missing' : `is ${show(value)}`;
  return userError('INVALID_OPTION', `${owner}: ${name} ${received}; give ${expected}.`);
}

/** JSON turns NaN and the infinities into null, which would name another value. */
function show(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
}
