/**
 * A column of a dataset in shared memory: `rows` records of `size` elements. Ranks gather straight from it.
 * A uint8 column becomes float32 as value · scale, on the way into the arena.
 */
export interface Column {
  readonly type: 'float32' | 'uint8' | 'int32';
  readonly memory: SharedArrayBuffer;
  readonly byteOffset: number;
  /** Elements a record. */
  readonly size: number;
  readonly rows: number;
  readonly scale: number;
  /** Where the records are, if not in memory: `memory` is empty then, and ranks read their rows of each batch. */
  readonly stored?: StoredRecords;
}

/** Records in a file, one after the other, little-endian. */
export interface StoredRecords {
  /** The open file: descriptors are those of the process, so every thread may read. */
  readonly source: { readonly descriptor: number; readonly path: string };
  /** Where record 0 begins. */
  readonly offset: number;
}

export type ColumnArray = Float32Array | Uint8Array | Int32Array;

/** A typed array over a column's memory. */
export function columnArray(column: Column): ColumnArray {
  const length = column.size * column.rows;
  if (column.type === 'float32') return new Float32Array(column.memory, column.byteOffset, length);
  if (column.type === 'int32') return new Int32Array(column.memory, column.byteOffset, length);
  return new Uint8Array(column.memory, column.byteOffset, length);
}
