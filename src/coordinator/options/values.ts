/** What callers give, whatever realm it comes from: contexts of `vm` and test runners have an Object and a Map of their own. */

/** A plain object: `{ … }` of any realm, or one without a prototype. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === null || (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'valueOf'))
  );
}

/** Whether an object may hold options by name: a plain one or an instance of the caller's class, not a list, a Map or a Date. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object Object]';
}

/** Whether a value has a method of that name. */
export function hasMethod<K extends string>(
  value: unknown,
  name: K,
): value is Record<K, (...given: unknown[]) => unknown> {
  return typeof value === 'object' && value !== null && typeof (value as Record<string, unknown>)[name] === 'function';
}

/** The longest value that a sentence shows. */
const LONGEST = 60;

/** A received value, short enough for a sentence. */
export function show(value: unknown): string {
  const text = written(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}…` : text;
}

function written(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`;
  if (typeof value !== 'object' || value === null) return String(value);
  return (isPlain(value) || Array.isArray(value) ? jsonOf(value) : undefined) ?? `an object of type ${typeOf(value)}`;
}

/** JSON, where a value has one: not with a BigInt in it, nor within itself. NaN and the infinities have a name of their own. */
function jsonOf(value: object): string | undefined {
  const named = (_: string, item: unknown): unknown =>
    typeof item === 'number' && !Number.isFinite(item)
      ? String(item)
      : typeof item === 'function'
        ? 'a function'
        : item;
  try {
    return JSON.stringify(value, named);
  } catch {
    return undefined;
  }
}

/** The class of an object: Float32Array, Map, AdamOptimizer. */
function typeOf(value: object): string {
  const { constructor: made } = value as { readonly constructor?: unknown };
  if (typeof made === 'function' && made.name !== '') return made.name;
  return Object.prototype.toString.call(value).slice('[object '.length, -1);
}
