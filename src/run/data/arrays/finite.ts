import {
  type Rows,
  readNumbers,
  rowsOf,
  type StoredArray,
  sizeOfShape,
} from '../../../coordinator/data/arrays/storedArray.js';
import type { Numbers } from '../../../coordinator/data/numberArrays.js';
import { userError } from '../../../shared/errors.js';

/** The numbers of some rows, each of which is finite; those that are none are told by their rows in the file. */
export function readFinite(array: StoredArray, rows: Rows): Numbers {
  const numbers = readNumbers(array, rows);
  if (numbers instanceof Int32Array || numbers instanceof Uint8Array) return numbers;
  // 0 · v is 0 for every finite v, so one sum tells whether a slower look is needed.
  let zero = 0;
  for (let i = 0; i < numbers.length; i++) zero += 0 * numbers[i];
  if (zero === 0) return numbers;
  throw notFinite(array, rows, numbers);
}

/** Rows may be mixed: of those that were read, the one that stands first in the file is told. */
function notFinite(array: StoredArray, rows: Rows, numbers: Numbers): Error {
  const size = sizeOfShape(rowsOf(array).row);
  const rowOf = (i: number): number => {
    const at = Math.floor(i / size);
    return rows instanceof Int32Array ? rows[at] : rows.from + at;
  };
  let first = -1;
  for (let i = 0; i < numbers.length; i++) {
    if (!Number.isFinite(numbers[i]) && (first < 0 || rowOf(i) < rowOf(first))) first = i;
  }
  const place = first % size;
  const column = array.picks?.places[place] ?? place;
  return userError(
    'NON_FINITE_DATA',
    `${array.name} has ${numbers[first]} in row ${rowOf(first)}, column ${column}, but every value must be a finite number; fill it in, or leave out the row, and save the array again.`,
  );
}
