import { describeArray, rowsOf, type StoredArray, sizeOfShape } from '../../../coordinator/data/arrays/storedArray.js';
import { userError } from '../../../shared/errors.js';

/**
 * Refuses rows that do not have the shape of an input or output. Axes of length 1 may be there or not, and a row may be flat; but
 * no other change of axes is made, as it would tear pictures to pieces.
 */
export function requireRowShape(array: StoredArray, shape: readonly number[], what: string): void {
  const { row } = rowsOf(array);
  const [own, wanted] = [row, shape].map((axes) => axes.filter((length) => length !== 1));
  const isFlat = own.length <= 1 || wanted.length <= 1;
  if (own.join() === wanted.join() || (isFlat && sizeOfShape(own) === sizeOfShape(wanted))) return;
  const isTurned = own.toSorted().join() === wanted.toSorted().join();
  const advice = isTurned ? 'turn its axes before it is saved (np.transpose)' : 'reshape it, or change the model';
  throw userError(
    'SHAPE_MISMATCH',
    `${describeArray(array)} has rows of [${row.join(', ')}], but ${what} takes [${shape.join(', ')}]; ${advice}.`,
  );
}

/** How many rows arrays have that belong together. */
export function commonRows(arrays: readonly StoredArray[]): number {
  const [first, ...others] = arrays;
  if (first.shape.length === 0) {
    throw userError('SHAPE_MISMATCH', `${first.name} is a single number, but rows are needed; save an array of rows.`);
  }
  const { rows } = rowsOf(first);
  const other = others.find((array) => array.shape.length === 0 || rowsOf(array).rows !== rows);
  if (other !== undefined) {
    throw userError(
      'ROWS_DIFFER',
      `${describeArray(first)} and ${describeArray(other)} differ in their number of rows; give each row all of its values.`,
    );
  }
  if (rows === 0) throw userError('EMPTY_DATA', `${describeArray(first)} has no rows; give at least one.`);
  return rows;
}
