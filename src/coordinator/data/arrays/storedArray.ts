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

/** Some elements of the rows of a file, in an order of their own. */
export interface Picks {
  readonly places: Int32Array;
  /** Elements of a row in the file. */
  readonly of: number;
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
  /** Which elements of a row of the file are those of a row, and how many the file's has; default: all, in their places. */
  readonly picks?: Picks;
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
  const { element, picks } = array;
  const size = sizeOfShape(rowsOf(array).row);
  const { numbers, isNative } = roomFor(element, countOf(rows) * size);
  const rowBytes = bytesOfRow(array);
  if (rowBytes === 0) return numbers;
  if (isNative && picks === undefined) {
    readBytes(array, rows, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength));
    return numbers;
  }
  const most = Math.max(1, Math.floor(PIECE / rowBytes));
  const count = countOf(rows);
  for (let from = 0; from < count; from += most) {
    const part = partOf(rows, from, Math.min(count, from + most));
    const raw = readBytes(array, part);
    decodeNumbers(element, picks === undefined ? raw : picked(raw, picks, element.bytes), numbers, from * size);
  }
  requireHeld(element, numbers, array.name);
  return numbers;
}

/** The texts of some rows of an array of texts, one a row. */
export function readTexts(array: StoredArray, rows: Rows): string[] {
  const { element } = array;
  const raw = readBytes(array, rows);
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

/** Bytes of a row in the file, those that are not picked included. */
function bytesOfRow(array: StoredArray): number {
  return (array.picks?.of ?? sizeOfShape(rowsOf(array).row)) * array.element.bytes;
}

/** The bytes of some rows as they stand in the file; those that lie together are read together. */
export function readBytes(
  array: StoredArray,
  rows: Rows,
  into: Uint8Array = new Uint8Array(countOf(rows) * bytesOfRow(array)),
): Uint8Array {
  const { source, runs } = array;
  const rowBytes = bytesOfRow(array);
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

/** The elements of each row that are picked. */
function picked(raw: Uint8Array, { places, of }: Picks, bytes: number): Uint8Array {
  const rows = raw.length / (of * bytes);
  const result = new Uint8Array(rows * places.length * bytes);
  let at = 0;
  for (let row = 0; row < raw.length; row += of * bytes) {
    for (let i = 0; i < places.length; i++) {
      for (let b = 0; b < bytes; b++) result[at++] = raw[row + places[i] * bytes + b];
    }
  }
  return result;
}

/** Some columns of an array of rows of numbers, [rows, columns]. */
export function pickColumns(array: StoredArray, columns: readonly number[]): StoredArray {
  const [rows, of] = array.shape;
  return { ...array, shape: [rows, columns.length], picks: { places: Int32Array.from(columns), of } };
}
