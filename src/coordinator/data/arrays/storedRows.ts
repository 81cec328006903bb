import type { Column } from '../../../shared/memory/dataset.js';
import { FileBytes } from './byteSources.js';
import { rowsOf, type StoredArray, sizeOfShape } from './storedArray.js';

/** Rows of an input that ranks read from the file themselves, in the bytes that they need. */
export class StoredRows {
  /** [rows, …] */
  readonly shape: readonly number[];
  readonly #column: Column;

  constructor(column: Column, row: readonly number[]) {
    this.#column = column;
    this.shape = [column.rows, ...row];
  }

  /** The column that they are; its bytes stay where they are. */
  get column(): Column {
    return this.#column;
  }
}

/** Types whose little-endian bytes are what ranks gather. */
const columnTypes = { float32: 'float32', uint8: 'uint8' } as const;

/**
 * Rows [from, to) of an array as ranks read them, with what bytes are multiplied by; undefined where somebody has to unpack, turn or
 * convert them before.
 */
export function storedRows(
  array: StoredArray,
  row: readonly number[],
  { from, to }: { readonly from: number; readonly to: number },
  scale: number,
): StoredRows | undefined {
  const { element, source, runs, picks } = array;
  const type = columnTypes[element.type as keyof typeof columnTypes];
  const size = sizeOfShape(rowsOf(array).row);
  const isPlain =
    picks === undefined && runs.length === 1 && (array.stride ?? size * element.bytes) === size * element.bytes;
  const isNative = type !== undefined && (element.bytes === 1 || !element.isBigEndian);
  if (!isPlain || !isNative || !(source instanceof FileBytes) || (scale !== 1 && type !== 'uint8')) return undefined;
  const stored = { source, offset: runs[0].offset + from * size * element.bytes };
  return new StoredRows({ type, memory: NOTHING, byteOffset: 0, size, rows: to - from, scale, stored }, row);
}

const NOTHING = new SharedArrayBuffer(0);
