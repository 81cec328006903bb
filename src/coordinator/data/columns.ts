import { userError } from '../../shared/errors.js';
import { firstLine } from '../../shared/files.js';
import type { Column } from '../../shared/memory/dataset.js';
import { sizeOf } from '../compiler/lower/description.js';
import { StoredRows } from './arrays/storedRows.js';
import { type ColumnNumbers, describe, type Numbers, nestedNumbers, typedNumbers } from './numberArrays.js';

/** What a column must hold to fit the model. */
export interface ColumnNeed {
  /** `x` or `y`, for messages. */
  readonly name: string;
  /** Shape of one row. */
  readonly shape: readonly number[];
  readonly type: 'float32' | 'int32';
  /** For class labels: how many classes there are. */
  readonly classes?: number;
  /** A label that is none of them, and may stand there. */
  readonly ignored?: number;
  /** For indices: the first number beyond them. */
  readonly limit?: number;
}

/** Copies a data source into shared memory as a column the model can take; every misfit is an error that says where. */
export function toColumn(source: unknown, need: ColumnNeed): Column {
  if (source instanceof StoredRows) return storedColumn(source, need);
  const { values, shape, scale } = readSource(source, need);
  const rows = requireShape(shape, values.length, need);
  const typed = need.type === 'int32' ? toWholeNumbers(values, need) : toFloats(values, need);
  requireScale(scale, typed, need);
  return share(typed, rows, sizeOf(need.shape), scale, need);
}

/** Rows that lie in a file are looked at when ranks read them. */
function storedColumn({ column, shape }: StoredRows, need: ColumnNeed): Column {
  requireShape(shape, column.rows * column.size, need);
  return column;
}

/** Rows [from, to) of a column, without copying. */
export function columnRows(column: Column, from: number, to: number): Column {
  const bytes = column.type === 'uint8' ? 1 : 4;
  if (column.stored !== undefined) {
    const { source, offset } = column.stored;
    return { ...column, stored: { source, offset: offset + from * column.size * bytes }, rows: to - from };
  }
  return { ...column, byteOffset: column.byteOffset + from * column.size * bytes, rows: to - from };
}

/** What a source gives. */
interface SourceNumbers {
  readonly values: Numbers;
  readonly shape: readonly number[];
  readonly scale: number;
}

/** The numbers of a source with their shape; a typed array has as many rows of the needed shape as it fills. */
export function readSource(source: unknown, { name, shape: row }: Pick<ColumnNeed, 'name' | 'shape'>): SourceNumbers {
  const typed = typedNumbers(source);
  if (typed !== undefined) return { values: typed, shape: [typed.length / sizeOf(row), ...row], scale: 1 };
  if (Array.isArray(source)) return { ...nestedNumbers(source, name), scale: 1 };
  const { values, shape, scale = 1 } = isTensor(source) ? readTensor(source, name) : ((source ?? {}) as GivenShape);
  const numbers = Array.isArray(values) ? nestedNumbers(values, `${name}.values`).values : typedNumbers(values);
  if (numbers !== undefined && Array.isArray(shape)) return { values: numbers, shape, scale: scale as number };
  throw userError(
    'INVALID_DATA',
    `${name} is ${describe(source)}; give a tensor, a typed array of numbers such as Float32Array, Int32Array or Uint8Array, nested arrays, or { values, shape }.`,
  );
}

/** What `{ values, shape }` may hold. */
interface GivenShape {
  readonly values?: unknown;
  readonly shape?: unknown;
  readonly scale?: unknown;
}

function readTensor(tensor: Tensor, name: string): GivenShape {
  try {
    return { values: tensor.dataSync(), shape: tensor.shape };
  } catch (error) {
    throw userError('INVALID_DATA', `${name} is a tensor that cannot be read: ${firstLine(error)}.`, error);
  }
}

/** Checks the shape against one row of the model, and the numbers against it; returns the number of rows. */
function requireShape(shape: readonly number[], length: number, need: ColumnNeed): number {
  const [rows, ...row] = shape;
  const same = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();
  // [rows] is as good as [rows, 1].
  const fits = same(row, need.shape) || (row.length === 0 && sizeOf(need.shape) === 1);
  if (rows === 0) throw userError('EMPTY_DATA', `${need.name} has no rows; give at least one.`);
  if (!fits || !Number.isInteger(rows) || rows < 0) {
    const hint = need.name === 'y' && need.type === 'float32' && sizeOf(row) === 1 ? labelHint(need) : '';
    throw userError(
      'SHAPE_MISMATCH',
      `${need.name} has shape [${shape.join(', ')}], but the model takes [rows, ${need.shape.join(', ')}]${hint}; reshape the data or change the model.`,
    );
  }
  if (rows * sizeOf(need.shape) !== length) {
    throw userError(
      'SHAPE_MISMATCH',
      `${need.name} has ${length} numbers, but its shape [${shape.join(', ')}] has ${rows * sizeOf(need.shape)}; give one for each place.`,
    );
  }
  return rows;
}

function labelHint({ shape }: ColumnNeed): string {
  return shape.length === 1 ? ' (for class numbers use the loss sparseCategoricalCrossentropy)' : '';
}

/** Class labels or indices as int32, each checked to be one. */
function toWholeNumbers(values: Numbers, need: ColumnNeed): Int32Array {
  const limit = need.limit ?? need.classes ?? 0;
  const at = values.findIndex((value) => !isWithin(value, limit) && value !== need.ignored);
  if (at >= 0) throw need.limit === undefined ? wrongLabel(values[at], at, need) : wrongIndex(values[at], at, need);
  return values instanceof Int32Array ? values : Int32Array.from(values);
}

const isWithin = (value: number, limit: number): boolean => Number.isInteger(value) && value >= 0 && value < limit;

function wrongLabel(label: number, at: number, { name, classes = 0 }: ColumnNeed): Error {
  return userError(
    'LABEL_OUT_OF_RANGE',
    `${name} has label ${label} at position ${at}, but the model's output has classes 0 to ${classes - 1}; mend the label or the last layer's units.`,
  );
}

function wrongIndex(index: number, at: number, { name, shape, limit = 0 }: ColumnNeed): Error {
  const size = sizeOf(shape);
  return userError(
    'INDEX_OUT_OF_RANGE',
    `${name} has ${index} in row ${Math.floor(at / size)}, column ${at % size}, but the Embedding takes whole numbers from 0 to ${limit - 1}; mend the data or the layer's inputDim.`,
  );
}

/** Features or targets as they become float32: each is finite there. */
function toFloats(values: Numbers, need: ColumnNeed): ColumnNumbers {
  if (values instanceof Int32Array || values instanceof Uint8Array) return values;
  const floats = values instanceof Float64Array ? Float32Array.from(values) : values;
  // 0 · v is 0 for every finite v, so one sum tells whether a slower look is needed.
  let zero = 0;
  for (let i = 0; i < floats.length; i++) zero += 0 * floats[i];
  if (zero === 0) return floats;
  throw notFinite(values, need);
}

function notFinite(values: Numbers, { name, shape }: ColumnNeed): Error {
  const at = values.findIndex((value) => !Number.isFinite(Math.fround(value)));
  const size = sizeOf(shape);
  const what = Number.isFinite(values[at])
    ? 'which is beyond the range of float32 (3.4e38); scale the data'
    : 'but every value must be a finite number';
  return userError(
    'NON_FINITE_DATA',
    `${name} has ${values[at]} in row ${Math.floor(at / size)}, column ${at % size}, ${what}.`,
  );
}

/** Only bytes are scaled, on their way to the ranks. */
function requireScale(scale: unknown, values: ColumnNumbers, { name }: ColumnNeed): void {
  if (scale === 1) return;
  if (typeof scale !== 'number' || !Number.isFinite(scale)) {
    throw userError('INVALID_DATA', `${name}.scale is ${describe(scale)}; give a finite number.`);
  }
  if (values instanceof Uint8Array) return;
  throw userError('INVALID_DATA', `${name}.scale is ${scale}, but only a Uint8Array is scaled; multiply the numbers.`);
}

function share(values: ColumnNumbers, rows: number, size: number, scale: number, { type }: ColumnNeed): Column {
  const shared = values.buffer instanceof SharedArrayBuffer && !(values instanceof Int32Array && type === 'float32');
  if (shared) {
    const memory = values.buffer as SharedArrayBuffer;
    return { type: typeOf(values), memory, byteOffset: values.byteOffset, size, rows, scale };
  }
  const copy = values instanceof Int32Array && type === 'float32' ? Float32Array.from(values) : values;
  const memory = new SharedArrayBuffer(copy.byteLength);
  new Uint8Array(memory).set(new Uint8Array(copy.buffer, copy.byteOffset, copy.byteLength));
  return { type: typeOf(copy), memory, byteOffset: 0, size, rows, scale };
}

function typeOf(values: ColumnNumbers): Column['type'] {
  if (values instanceof Float32Array) return 'float32';
  return values instanceof Int32Array ? 'int32' : 'uint8';
}

type Tensor = { dataSync(): ColumnNumbers; shape: number[] };

function isTensor(source: unknown): source is Tensor {
  return typeof source === 'object' && source !== null && 'dataSync' in source && typeof source.dataSync === 'function';
}
