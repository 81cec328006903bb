import type { ArrayFile } from '../../../coordinator/data/arrays/arrayFile.js';
import { openArrays } from '../../../coordinator/data/arrays/open.js';
import { describeArray, pickColumns, type StoredArray } from '../../../coordinator/data/arrays/storedArray.js';
import { userError } from '../../../shared/errors.js';
import type { ArrayData, Opening } from './kind.js';
import type { Part } from './parts.js';

type Column = number | 'last';

/** Opens a file of one array, whose labels stand in a file of their own or in some of its columns. */
export async function openSingle(
  file: ArrayFile,
  { label, labels: trainingLabels }: ArrayData & { readonly label?: Column | readonly Column[] },
  { path, labels, inputs, outputs, places }: Opening,
): Promise<Part> {
  const close = (): void => file.close();
  const array = await file.open('');
  requireOneEach(path, inputs, outputs);
  const labelsWanted =
    trainingLabels === undefined && label !== undefined
      ? 'give rows with the columns of labels'
      : 'name the file of labels, in a config with data.labels, for evaluate with --labels';
  const single = { x: [''], y: [''] };
  if (labels !== undefined) {
    const y = await openLabels(labels);
    return { x: [array], y: [y], places: places ?? single, labelsWanted, close };
  }
  if (label === undefined) return { x: [array], y: null, places: places ?? single, labelsWanted, close };
  const columns = places ?? columnsOf(array, [label].flat() as Column[]);
  return { ...splitColumns(array, columns), labelsWanted, close };
}

/** The array of a file of labels, of any format that its first bytes tell. */
export async function openLabels(path: string): Promise<StoredArray> {
  const file = await openArrays(path);
  if (file.names.length === 1) return file.open(file.names[0]);
  file.close();
  throw userError(
    'ARRAY_INVALID',
    `${path} has ${file.names.length} arrays (${file.names.slice(0, 6).join(', ')}), but a file of labels has one; save them with np.save.`,
  );
}

interface ColumnPlaces {
  readonly x: string[];
  readonly y: string[];
  readonly labelColumns: number[];
  readonly width: number;
}

/** The columns of labels by their numbers. */
export function columnsOf(array: StoredArray, label: readonly Column[]): ColumnPlaces {
  const [, width, ...deeper] = array.shape;
  if (width === undefined || deeper.length > 0) {
    throw userError(
      'SHAPE_MISMATCH',
      `${describeArray(array)} has no columns that data.label could name, as it is not [rows, columns]; name a file of labels with data.labels.`,
    );
  }
  const labelColumns = label.map((column) => (column === 'last' ? width - 1 : column));
  const beyond = labelColumns.find((column) => column >= width);
  if (beyond !== undefined || new Set(labelColumns).size !== labelColumns.length || labelColumns.length === width) {
    throw userError(
      'SHAPE_MISMATCH',
      `data.label names the columns ${labelColumns.join(', ')}, but ${describeArray(array)} has columns 0 to ${width - 1}, of which one at least is a feature; name each label once.`,
    );
  }
  return { x: [''], y: [''], labelColumns, width };
}

function splitColumns(array: StoredArray, places: Part['places']): Pick<Part, 'x' | 'y' | 'places'> {
  const { labelColumns = [], width = 0 } = places;
  const columns = array.shape[1];
  if (array.shape.length === 2 && columns === width - labelColumns.length) return { x: [array], y: null, places };
  if (array.shape.length !== 2 || columns !== width) {
    throw userError(
      'SHAPE_MISMATCH',
      `${describeArray(array)} is to have rows of ${width} columns, as the training rows had, or of ${width - labelColumns.length} without labels.`,
    );
  }
  const features = Array.from({ length: width }, (_, column) => column).filter((one) => !labelColumns.includes(one));
  return { x: [pickColumns(array, features)], y: [pickColumns(array, labelColumns)], places };
}

function requireOneEach(path: string, inputs: readonly string[], outputs: readonly string[]): void {
  if (inputs.length === 1 && outputs.length === 1) return;
  throw userError(
    'SEVERAL_TENSORS',
    `${path} has one array, but the model has ${inputs.length} inputs and ${outputs.length} outputs; save all arrays in one .npz by their names, for data.npz.`,
  );
}
