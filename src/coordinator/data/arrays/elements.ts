import { userError } from '../../../shared/errors.js';
import type { Numbers } from '../numberArrays.js';

/** What one element of an array in a file is. */
export type ElementType =
  | 'bool'
  | 'uint8'
  | 'int8'
  | 'uint16'
  | 'int16'
  | 'uint32'
  | 'int32'
  | 'uint64'
  | 'int64'
  | 'float16'
  | 'bfloat16'
  | 'float32'
  | 'float64'
  | 'utf32'
  | 'latin1';

/** An element as it lies in a file. */
export interface Element {
  readonly type: ElementType;
  /** Bytes of one: of a text, of all its letters. */
  readonly bytes: number;
  readonly isBigEndian: boolean;
}

/** How numbers of each type become numbers that a column takes without losing one. */
interface NumberType {
  readonly bytes: number;
  make(length: number): Numbers;
  get(view: DataView, at: number, isLittle: boolean): number;
  /** Whether little-endian bytes are what `make` makes already. */
  readonly isNative?: true;
}

const floats = (length: number): Float32Array => new Float32Array(shared(length));
const ints = (length: number): Int32Array => new Int32Array(shared(length));
const doubles = (length: number): Float64Array => new Float64Array(length);
const octets = (length: number): Uint8Array => new Uint8Array(new SharedArrayBuffer(length));

const numberTypes: Readonly<Record<Exclude<ElementType, 'utf32' | 'latin1'>, NumberType>> = {
  bool: { bytes: 1, make: octets, get: (view, at) => Number(view.getUint8(at) !== 0) },
  uint8: { bytes: 1, make: octets, get: (view, at) => view.getUint8(at), isNative: true },
  int8: { bytes: 1, make: ints, get: (view, at) => view.getInt8(at) },
  uint16: { bytes: 2, make: ints, get: (view, at, isLittle) => view.getUint16(at, isLittle) },
  int16: { bytes: 2, make: ints, get: (view, at, isLittle) => view.getInt16(at, isLittle) },
  uint32: { bytes: 4, make: doubles, get: (view, at, isLittle) => view.getUint32(at, isLittle) },
  int32: { bytes: 4, make: ints, get: (view, at, isLittle) => view.getInt32(at, isLittle), isNative: true },
  uint64: { bytes: 8, make: doubles, get: (view, at, isLittle) => wide(view, at, isLittle, 'getUint32') },
  int64: { bytes: 8, make: doubles, get: (view, at, isLittle) => wide(view, at, isLittle, 'getInt32') },
  float16: { bytes: 2, make: floats, get: (view, at, isLittle) => half(view.getUint16(at, isLittle)) },
  bfloat16: { bytes: 2, make: floats, get: (view, at, isLittle) => brain(view.getUint16(at, isLittle)) },
  float32: { bytes: 4, make: floats, get: (view, at, isLittle) => view.getFloat32(at, isLittle), isNative: true },
  float64: { bytes: 8, make: doubles, get: (view, at, isLittle) => view.getFloat64(at, isLittle), isNative: true },
};

/** A type of numbers, little-endian unless said otherwise. */
export function numberElement(type: keyof typeof numberTypes, isBigEndian = false): Element {
  return { type, bytes: numberTypes[type].bytes, isBigEndian };
}

export function isText({ type }: Element): boolean {
  return type === 'utf32' || type === 'latin1';
}

/** An element in words: `float32`, `text of 5 letters`. */
export function inWords(element: Element): string {
  const { type, bytes, isBigEndian } = element;
  if (isText(element)) return `text of at most ${type === 'utf32' ? bytes / 4 : bytes} letters`;
  return isBigEndian && bytes > 1 ? `big-endian ${type}` : type;
}

/** Bytes in memory that a number of the type takes once it is read. */
export function bytesRead({ type }: Element): number {
  return type === 'utf32' || type === 'latin1' ? 8 : numberTypes[type].make(1).BYTES_PER_ELEMENT;
}

/** Room for numbers of a type as columns take them, and whether bytes of the file may go there as they are. */
export function roomFor(
  { type, isBigEndian, bytes }: Element,
  length: number,
): { numbers: Numbers; isNative: boolean } {
  const { make, isNative = false } = numberTypes[type as keyof typeof numberTypes];
  return { numbers: make(length), isNative: isNative && !(isBigEndian && bytes > 1) };
}

/** Decodes elements into `numbers` from `start` on. A whole number that no float64 holds is NaN: `unheld` finds it. */
export function decodeNumbers({ type, isBigEndian }: Element, raw: Uint8Array, numbers: Numbers, start: number): void {
  const { bytes, get } = numberTypes[type as keyof typeof numberTypes];
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const count = raw.byteLength / bytes;
  for (let i = 0; i < count; i++) numbers[start + i] = get(view, i * bytes, !isBigEndian);
}

/** Refuses whole numbers beyond 2^53, which `decodeNumbers` has read as NaN. `name`: the array, for the message. */
export function requireHeld({ type }: Element, numbers: Numbers, name: string): void {
  if (type !== 'int64' && type !== 'uint64') return;
  if (!numbers.some(Number.isNaN)) return;
  throw userError(
    'ARRAY_NUMBER',
    `${name} has a whole number beyond 2^53 (${type}), which no float64 holds; scale or subtract it before it is saved.`,
  );
}

/** The text of one element, without the zeros that fill it up. */
export function decodeText({ type, isBigEndian }: Element, raw: Uint8Array): string {
  if (type === 'latin1') return Buffer.from(raw).toString('latin1').replace(/\0+$/, '');
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const letters: number[] = [];
  for (let at = 0; at + 4 <= raw.byteLength; at += 4) letters.push(view.getUint32(at, !isBigEndian));
  while (letters.at(-1) === 0) letters.pop();
  return letters.map((letter) => (letter <= 0x10ffff ? String.fromCodePoint(letter) : '\ufffd')).join('');
}

function shared(length: number): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * length);
}

/** A whole number of 64 bits, or NaN where a float64 would round it. */
function wide(view: DataView, at: number, isLittle: boolean, high: 'getInt32' | 'getUint32'): number {
  const upper = view[high](isLittle ? at + 4 : at, isLittle);
  const lower = view.getUint32(isLittle ? at : at + 4, isLittle);
  const value = upper * 2 ** 32 + lower;
  return Math.abs(value) < 2 ** 53 || (lower === 0 && Math.abs(value) === 2 ** 53) ? value : Number.NaN;
}

const words = new Uint32Array(1);
const float = new Float32Array(words.buffer);

/** IEEE 754 binary16 as the float64 of the same value; https://en.wikipedia.org/wiki/Half-precision_floating-point_format */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The upper half of a float32. */
function brain(bits: number): number {
  words[0] = bits << 16;
  return float[0];
}
