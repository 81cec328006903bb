import { userError } from '../../../shared/errors.js';
import type { Numbers } from '../numberArrays.js';
import { decodeNumbers, decodeText, type Element, inWords, isText, requireHeld, roomFor } from './elements.js';

/** Where bytes of arrays lie: a file, or memory. */
export interface ByteSource {
  /** Fills `into` with the bytes from `position` on; fewer than that is an error. */
  readAt(into: Uint8Array, position: number): void;
  /** Whether they are in memory already. */
  readonly isHeld: boolean;
}

/** Rows that lie one after the other. */
export interface Run {
  readonly rows: number;
  /** Where the first begins. */
  readonly offset: number;
}

/** An array as it lies in a file: rows of one shape, each of which can be read by itself. */
export interface StoredArray {
  /** What messages call it: `x_train of mnist.npz`. */
  readonly name: string;
  readonly element: Element;
  /** [rows, …]; [] for a single number. */
  readonly shape: readonly number[];
  readonly source: ByteSource;
  readonly runs: readonly Run[];
  /** Bytes from one row to the next; default: those of a row. */
  readonly stride?: number;
  /** Of each element of a row, which one of the row in the file it is; default: its own place. */
  readonly places?: Int32Array;
}

/** Row numbers in any order, or all rows from `from` up to `to`. */
export type Rows = Int32Array | { readonly from: number; readonly to: number };

/** How many rows an array has, and the shape of one. */
export function rowsOf({ shape }: Pick<StoredArray, 'shape'>): { rows: number; row: readonly number[] } {
  const [rows = 1, ...row] = shape;
  return { rows, row };
}

export function sizeOfShape(shape: readonly number[]): number {
  return shape.reduce((size, length) => size * length, 1);
}

export function countOf(rows: Rows): number {
  return rows instanceof Int32Array ? rows.length : rows.to - rows.from;
}

/** An array in words, for messages: `x.npy (float32 [60000, 28, 28])`. */
export function describeArray({ name, element, shape }: StoredArray): string {
  return `${name} (${inWords(element)} [${shape.join(', ')}])`;
}

/** The most bytes that are decoded at a time. */
const PIECE = 1 << 20;

/** The numbers of some rows, in the order in which they are asked for. */
export function readNumbers(array: StoredArray, rows: Rows): Numbers {
  const { element, places } = array;
  const size = sizeOfShape(rowsOf(array).row);
  const { numbers, isNative } = roomFor(element, countOf(rows) * size);
  const rowBytes = size * element.bytes;
  if (rowBytes === 0) return numbers;
  if (isNative && places === undefined) {
    readBytes(array, rows, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
    return numbers;
  }
  const most = Math.max(1, Math.floor(PIECE / rowBytes));
  const count = countOf(rows);
  for (let from = 0; from < count; from += most) {
    const part = partOf(rows, from, Math.min(count, from + most));
    const raw = readBytes(array, part, new Uint8Array(countOf(part) * rowBytes));
    decodeNumbers(element, places === undefined ? raw : placed(raw, places, element.bytes), numbers, from * size);
  }
  requireHeld(element, numbers, array.name);
  return numbers;
}

/** The texts of some rows of an array of texts, one a row. */
export function readTexts(array: StoredArray, rows: Rows): string[] {
  const { element } = array;
  const raw = readBytes(array, rows, new Uint8Array(countOf(rows) * element.bytes));
  return Array.from({ length: countOf(rows) }, (_, i) =>
    decodeText(element, raw.subarray(i * element.bytes, (i + 1) * element.bytes)),
  );
}

/** Rows [from, to) of those that were asked for. */
export function partOf(rows: Rows, from: number, to: number): Rows {
  return rows instanceof Int32Array ? rows.subarray(from, to) : { from: rows.from + from, to: rows.from + to };
}

/** Refuses texts where numbers are needed. */
export function requireNumbers(array: StoredArray): void {
  if (!isText(array.element)) return;
  throw userError(
    'ARRAY_TYPE',
    `${describeArray(array)} holds texts, but numbers are needed; save numbers, or give it as labels of classes.`,
  );
}

/** The bytes of some rows; those that lie together are read together. */
function readBytes(array: StoredArray, rows: Rows, into: Uint8Array): Uint8Array {
  const { element, source, runs } = array;
  const rowBytes = sizeOfShape(rowsOf(array).row) * element.bytes;
  const { stride = rowBytes } = array;
  const count = countOf(rows);
  const numberAt = (i: number): number => (rows instanceof Int32Array ? rows[i] : rows.from + i);
  let run = 0;
  let runFrom = 0;
  for (let i = 0; i < count; ) {
    const first = numberAt(i);
    while (first < runFrom) runFrom -= runs[--run].rows;
    while (first >= runFrom + runs[run].rows) runFrom += runs[run++].rows;
    const most = stride === rowBytes ? runFrom + runs[run].rows - first : 1;
    let together = 1;
    while (together < most && i + together < count && numberAt(i + together) === first + together) together++;
    const position = runs[run].offset + (first - runFrom) * stride;
    source.readAt(into.subarray(i * rowBytes, (i + together) * rowBytes), position);
    i += together;
  }
  return into;
}

/** Elements of each row in another order. */
function placed(raw: Uint8Array, places: Int32Array, bytes: number): Uint8Array {
  const result = new Uint8Array(raw.length);
  const rowBytes = places.length * bytes;
  for (let row = 0; row < raw.length; row += rowBytes) {
    for (let i = 0; i < places.length; i++) {
      for (let b = 0; b < bytes; b++) result[row + i * bytes + b] = raw[row + places[i] * bytes + b];
    }
  }
  return result;
}
