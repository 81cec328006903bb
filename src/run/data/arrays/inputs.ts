import {
  type Rows,
  requireNumbers,
  rowsOf,
  type StoredArray,
  sizeOfShape,
} from '../../../coordinator/data/arrays/storedArray.js';
import { type StoredRows, storedRows } from '../../../coordinator/data/arrays/storedRows.js';
import { applyScaling, fitScaling, type Scaling, type ScalingChoice } from '../../../coordinator/data/scaling.js';
import type { DataSource } from '../../../coordinator/options/trainerOptions.js';
import type { InputFacts } from '../../../coordinator/trainerFacts.js';
import { readFinite } from './finite.js';
import { requireRowShape } from './shapes.js';

/** Refuses an array that is none for an input. */
export function requireInput(array: StoredArray, input: InputFacts): void {
  requireNumbers(array);
  requireRowShape(array, input.shape, `input ${input.name} of the model`);
}

const CHUNK = 1 << 20;

/** How the rows of an input are scaled: fitted on rows [0, `rows`) of `view`, a chunk at a time. Indices are not scaled. */
export function fitInput(
  array: StoredArray,
  { takesIndices }: InputFacts,
  choice: ScalingChoice,
  training: Rows,
): Scaling {
  if (takesIndices) return { kind: 'none' };
  const size = sizeOfShape(rowsOf(array).row);
  return fitScaling(choice, chunksOf(array, training, size), size);
}

/** The numbers of some rows, a chunk at a time, from the first in each pass. */
function chunksOf(array: StoredArray, rows: Rows, size: number) {
  const most = Math.max(1, Math.floor(CHUNK / Math.max(1, size)));
  return function* () {
    const count = rows instanceof Int32Array ? rows.length : rows.to - rows.from;
    for (let from = 0; from < count; from += most) {
      const to = Math.min(count, from + most);
      yield readFinite(
        array,
        rows instanceof Int32Array ? rows.subarray(from, to) : { from: rows.from + from, to: rows.from + to },
      );
    }
  };
}

/** Rows of an input that ranks can read from the file as they are; undefined where they are to be converted. */
export function inputInFile(
  array: StoredArray,
  { shape, takesIndices }: InputFacts,
  scaling: Scaling,
  rows: { readonly from: number; readonly to: number },
): StoredRows | undefined {
  if (takesIndices || scaling.kind === 'standardize') return undefined;
  return storedRows(array, shape, rows, scaling.kind === 'divide' ? 1 / scaling.by : 1);
}

/** Rows of an input as the trainer takes them. Bytes stay bytes where they are divided: ranks multiply them. */
export function readInput(array: StoredArray, { shape }: InputFacts, scaling: Scaling, rows: Rows): DataSource {
  const numbers = readFinite(array, rows);
  const size = sizeOfShape(shape);
  const whole = [numbers.length / size, ...shape];
  if (scaling.kind === 'none') return { values: numbers, shape: whole };
  if (scaling.kind === 'divide' && numbers instanceof Uint8Array) {
    return { values: numbers, shape: whole, scale: 1 / scaling.by };
  }
  return { values: applyScaling(scaling, numbers, size), shape: whole };
}
