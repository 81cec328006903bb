import { userError } from '../../shared/errors.js';
import { sizeOf } from '../compiler/lower/description.js';

/** Numbers that become a column as they are. */
export type ColumnNumbers = Float32Array | Int32Array | Uint8Array;

/** Those, or numbers of more digits, which are checked before they are rounded. */
export type Numbers = ColumnNumbers | Float64Array;

/** Nested deeper than any tensor; an array that contains itself ends here. */
const DEEPEST = 16;

type Reader = (array: never) => Numbers;
type Viewed = { readonly buffer: ArrayBuffer; readonly byteOffset: number; readonly length: number };

/** How the numbers of each kind of typed array are kept without losing one. Views are no copies. */
const readers: Readonly<Record<string, Reader>> = {
  Float32Array: ({ buffer, byteOffset, length }: Viewed) => new Float32Array(buffer, byteOffset, length),
  Int32Array: ({ buffer, byteOffset, length }: Viewed) => new Int32Array(buffer, byteOffset, length),
  Uint8Array: ({ buffer, byteOffset, length }: Viewed) => new Uint8Array(buffer, byteOffset, length),
  Uint8ClampedArray: ({ buffer, byteOffset, length }: Viewed) => new Uint8Array(buffer, byteOffset, length),
  Int8Array: (array: Int8Array) => Int32Array.from(array),
  Int16Array: (array: Int16Array) => Int32Array.from(array),
  Uint16Array: (array: Uint16Array) => Int32Array.from(array),
  Uint32Array: (array: Uint32Array) => Float64Array.from(array),
  Float16Array: (array: ArrayLike<number>) => Float64Array.from(array),
  Float64Array: ({ buffer, byteOffset, length }: Viewed) => new Float64Array(buffer, byteOffset, length),
  BigInt64Array: (array: BigInt64Array) => Float64Array.from(array, wholeNumber),
  BigUint64Array: (array: BigUint64Array) => Float64Array.from(array, wholeNumber),
};

/** A typed array of any kind and, as contexts of `vm` and test runners have their own, of any realm; undefined for all else. */
export function typedNumbers(source: unknown): Numbers | undefined {
  if (!ArrayBuffer.isView(source)) return undefined;
  const { [Symbol.toStringTag]: kind = '', length } = source as { [Symbol.toStringTag]?: string; length?: number };
  // What was transferred to another thread has no memory to view.
  if (length === 0) return new Float32Array(0);
  return Object.hasOwn(readers, kind) ? readers[kind](source as never) : undefined;
}

function wholeNumber(value: bigint): number {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  throw userError(
    'INVALID_DATA',
    `${value} is a BigInt beyond 2^53, which no number holds exactly; give smaller ones.`,
  );
}

/** The numbers of nested arrays of one shape, whose innermost may be typed; what is missing or no number is told by its place. */
export function nestedNumbers(nested: readonly unknown[], name: string): { values: Float64Array; shape: number[] } {
  const shape = nestedShape(nested, name);
  const values = allocate(shape, name);
  let end = 0;
  const visit = (level: unknown, depth: number, path: string): void => {
    if (depth === shape.length) {
      values[end++] = requireNumber(level, path);
      return;
    }
    const length = Array.isArray(level) || ArrayBuffer.isView(level) ? (level as unknown[]).length : undefined;
    if (length !== shape[depth]) throw ragged(level, length, shape[depth], path);
    // By number, because forEach passes over places that were never assigned.
    for (let i = 0; i < length; i++) visit((level as unknown[])[i], depth + 1, `${path}[${i}]`);
  };
  visit(nested, 0, name);
  return { values, shape };
}

/** The shape of the first of each kind. */
export function nestedShape(nested: readonly unknown[], name: string): number[] {
  const shape: number[] = [];
  let level: unknown = nested;
  for (; Array.isArray(level) && shape.length < DEEPEST; level = level[0]) shape.push(level.length);
  if (Array.isArray(level)) {
    throw userError('INVALID_DATA', `${name} is nested more than ${DEEPEST} arrays deep; give one level an axis.`);
  }
  const typed = typedNumbers(level);
  return typed === undefined ? shape : [...shape, typed.length];
}

function allocate(shape: readonly number[], name: string): Float64Array {
  try {
    return new Float64Array(sizeOf(shape));
  } catch (error) {
    throw userError('INVALID_DATA', `${name} has shape [${shape.join(', ')}], which memory does not hold.`, error);
  }
}

function requireNumber(value: unknown, path: string): number {
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint') return wholeNumber(value);
  throw userError('INVALID_DATA', `${path} is ${describe(value)}; give numbers.`);
}

function ragged(level: unknown, length: number | undefined, expected: number, path: string): Error {
  const found = length === undefined ? describe(level) : `${length} entries`;
  return userError(
    'INVALID_DATA',
    `${path} has ${found}, but the first of its kind has ${expected}; rows must have one shape.`,
  );
}

/** A value for messages. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'object' && value !== null) return `an object of type ${value.constructor?.name ?? 'Object'}`;
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}…` : value);
  return typeof value === 'function' ? 'a function' : String(value);
}
