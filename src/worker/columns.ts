import { readSync } from 'node:fs';
import { userError } from '../shared/errors.js';
import { reason } from '../shared/files.js';
import type { Pass } from '../shared/kernels/pass.js';
import { type Column, type ColumnArray, columnArray, type StoredRecords } from '../shared/memory/dataset.js';
import type { ColumnSource } from './engines/engine.js';

/** A column as a rank reads it. */
export interface OpenColumn extends ColumnSource {
  /** Where records lie in a file: those of a pass's rows, at the places of these rows; read into the same memory each time. */
  readonly read?: (pass: Pass, order: Int32Array | null, start: number) => ColumnArray;
}

export function openColumn(column: Column): OpenColumn {
  const { stored } = column;
  if (stored === undefined) return { column, values: columnArray(column) };
  let values = arrayFor(column, 0);
  return {
    column,
    values,
    read: (pass, order, start) => {
      const rows = pass.firstRow + pass.rows;
      if (values.length < rows * column.size) values = arrayFor(column, rows);
      fill(values, column, stored, pass, (row) => (order === null ? start + row : order[start + row]));
      return values;
    },
  };
}

function arrayFor({ type, size }: Column, rows: number): ColumnArray {
  if (type === 'float32') return new Float32Array(rows * size);
  return type === 'int32' ? new Int32Array(rows * size) : new Uint8Array(rows * size);
}

/** Reads the records of rows [firstRow, firstRow + rows); those that follow each other at once. */
function fill(
  values: ColumnArray,
  column: Column,
  stored: StoredRecords,
  { firstRow, rows }: Pass,
  recordOf: (row: number) => number,
): void {
  const bytes = column.size * values.BYTES_PER_ELEMENT;
  const into = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const end = firstRow + rows;
  for (let row = firstRow; row < end; ) {
    const record = recordOf(row);
    let together = 1;
    while (row + together < end && recordOf(row + together) === record + together) together++;
    readRecords(stored, into.subarray(row * bytes, (row + together) * bytes), record * bytes);
    row += together;
  }
  if (values instanceof Float32Array) requireFinite(values, column, stored, { firstRow, end, recordOf });
}

function readRecords({ source, offset }: StoredRecords, into: Uint8Array, position: number): void {
  for (let done = 0; done < into.length; ) {
    const read = readAt(source, into.subarray(done), offset + position + done);
    if (read === 0) {
      throw userError(
        'DATA_UNREADABLE',
        `${source.path} ends before the rows that it had when it was opened: it was cut off; restore the file.`,
      );
    }
    done += read;
  }
}

function readAt({ descriptor, path }: StoredRecords['source'], into: Uint8Array, position: number): number {
  try {
    return readSync(descriptor, into, 0, into.length, position);
  } catch (error) {
    throw userError('DATA_UNREADABLE', `Data file ${path} cannot be read: ${reason(error)}.`, error);
  }
}

interface FilledRows {
  readonly firstRow: number;
  readonly end: number;
  readonly recordOf: (row: number) => number;
}

/** Rows in memory are looked at before training begins; these can be only now. */
function requireFinite(
  values: Float32Array,
  { size }: Column,
  { source }: StoredRecords,
  { firstRow, end, recordOf }: FilledRows,
): void {
  // 0 · v is 0 for every finite v, so one sum tells whether a slower look is needed.
  let zero = 0;
  for (let i = firstRow * size; i < end * size; i++) zero += 0 * values[i];
  if (zero === 0) return;
  const at = values.findIndex((value, i) => i >= firstRow * size && !Number.isFinite(value));
  throw userError(
    'NON_FINITE_DATA',
    `${source.path} has ${values[at]} in row ${recordOf(Math.floor(at / size))}, column ${at % size}, but every value must be a finite number; mend it and go on from a checkpoint.`,
  );
}
