import { z } from 'zod';
import { givenPath, isUrl } from '../../shared/givenPath.js';
import { hasMethod } from './values.js';

/**
 * Leaf schemas. Each names what it expects in words: any issue of theirs has that as its message, and parseErrors.ts
 * builds the user's sentence around it.
 */

export function wholeNumber(min: number) {
  const error = `a whole number of at least ${min}`;
  return z.int({ error }).min(min, { error });
}

export function nonNegative() {
  const error = 'a number of at least 0';
  return z.number({ error }).min(0, { error });
}

export function nonPositive() {
  const error = 'a number of at most 0';
  return z.number({ error }).max(0, { error });
}

export function positive() {
  const error = 'a number above 0';
  return z.number({ error }).positive({ error });
}

/** A number that is neither NaN nor infinite. */
export function finite() {
  return z.number({ error: 'a finite number' });
}

/** A number in [0, 1]. */
export function upToOne() {
  const error = 'a number from 0 to 1';
  return z.number({ error }).min(0, { error }).max(1, { error });
}

/** A number in [0, 1). */
export function belowOne() {
  const error = 'a number from 0 up to, but not including, 1';
  return z.number({ error }).min(0, { error }).lt(1, { error });
}

/** A number in (0, 1). */
export function share() {
  const error = 'a share between 0 and 1, such as 0.2';
  return z.number({ error }).gt(0, { error }).lt(1, { error });
}

/** One number in [0, 1], or a list of such. */
export function oneOrMore() {
  const error = 'a number from 0 to 1, or a list of such';
  return z.union([upToOne(), z.array(upToOne()).min(1)], { error });
}

/** A list of numbers in [0, 1]. */
export function listUpToOne() {
  return z
    .array(upToOne(), { error: 'a list of numbers from 0 to 1' })
    .min(1, { error: 'a list of one number or more' });
}

/** A list of numbers of at least 0. */
export function listOfNonNegative() {
  return z.array(nonNegative(), { error: 'a list of numbers of at least 0' });
}

/** A list of numbers of classes. */
export function classList() {
  const error = 'a list of numbers of classes, from 0 on';
  return z.array(z.int({ error }).min(0, { error }), { error }).min(1, { error });
}

export function flag() {
  return z.boolean({ error: 'true or false' });
}

export function text(error: string) {
  return z.string({ error }).min(1, { error });
}

/** The path of a file or folder: a text or a URL; what kind of URL is checked where it is opened. */
export function pathOf(error: string) {
  return z.union([text(error), z.custom<URL>(isUrl)], { error }).transform(givenPath);
}

/** A function; what it returns is checked where it is called. */
export function callable<F extends (...given: never[]) => unknown>(error: string) {
  return z.custom<F>((given) => typeof given === 'function', { error });
}

/** An AbortSignal of any realm. */
export function abortSignal() {
  const isSignal = (given: unknown): boolean => hasMethod(given, 'addEventListener') && 'aborted' in given;
  return z.custom<AbortSignal>(isSignal, { error: 'an AbortSignal' });
}

export function oneOf<const T extends readonly string[]>(values: T) {
  return z.enum(values, { error: `one of ${values.join(', ')}` });
}

/** A record of known keys and no others. */
export function section<T extends z.core.$ZodLooseShape>(shape: T) {
  return z.strictObject(shape, { error: `a section with keys such as ${Object.keys(shape).slice(0, 4).join(', ')}` });
}

/** What one output takes: given once where `isOne` says so, else for each output, as `each`, in a list or in a record by name. */
export function perOutput<T extends z.ZodType, E extends z.ZodType = T>(
  one: T,
  isOne: (given: unknown) => boolean,
  each: E = one as unknown as E,
) {
  type Each = z.output<T> | z.output<E>[] | Record<string, z.output<E>>;
  const chosen = z.unknown().transform((given, context): Each => {
    const schema = isOne(given) ? one : Array.isArray(given) ? z.array(each) : z.record(z.string(), each);
    const parsed = schema.safeParse(given);
    if (parsed.success) return parsed.data as Each;
    for (const issue of parsed.error.issues) context.issues.push({ ...issue, input: given } as z.core.$ZodRawIssue);
    return z.NEVER;
  });
  // The second option lets a suggestion know its keys.
  return z.union([chosen, one]);
}
