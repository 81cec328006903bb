import { userError } from '../../../shared/errors.js';
import { heldBytes } from './byteSources.js';
import { numberElement } from './elements.js';
import { readNumbers, requireNumbers, rowsOf, type StoredArray } from './storedArray.js';

/** Columns of one number a row as one array of float64, [rows, columns]. */
export function stacked(path: string, name: string, columns: readonly StoredArray[]): StoredArray {
  const [{ rows }] = columns.map(rowsOf);
  const values = new Float64Array(rows * columns.length);
  for (const [at, column] of columns.entries()) {
    requireNumbers(column);
    if (column.shape.length !== 1) {
      throw userError(
        'SHAPE_MISMATCH',
        `${column.name} has rows of [${rowsOf(column).row.join(', ')}], but columns that are put together have one number a row; name it alone with data.x.`,
      );
    }
    const numbers = readNumbers(column, { from: 0, to: rows });
    for (let row = 0; row < rows; row++) values[row * columns.length + at] = numbers[row];
  }
  return {
    name: `${name} of ${path}`,
    element: numberElement('float64'),
    shape: [rows, columns.length],
    source: heldBytes(new Uint8Array(values.buffer), path),
    runs: [{ rows, offset: 0 }],
  };
}
