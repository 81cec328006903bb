import { userError } from '../../shared/errors.js';
import type { Column } from '../../shared/memory/dataset.js';
import { sizeOf } from '../compiler/lower/description.js';
import type { DataSource } from '../options/trainerOptions.js';

type Values = Float32Array | Int32Array | Uint8Array;

/** What a column must hold to fit the model. */
export interface ColumnNeed {
  /** `x` or `y`, for messages. */
  readonly name: string;
  /** Shape of one row. */
  readonly shape: readonly number[];
  readonly type: 'float32' | 'int32';
  /** For class labels: how many classes there are. */
  readonly classes?: number;
  /** For indices: the first number beyond them. */
  readonly limit?: number;
}

/** Copies a data source into shared memory as a column the model can take; every misfit is an error that says where. */
export async function toColumn(source: DataSource, need: ColumnNeed): Promise<Column> {
  const { values, shape, scale } = await readSource(source, need);
  const rows = requireShape(shape, need);
  const typed = need.type === 'int32' ? toWholeNumbers(values, need) : values;
  if (typed instanceof Float32Array) requireFinite(typed, need);
  return share(typed, rows, sizeOf(need.shape), scale, need);
}

/** Rows [from, to) of a column, without copying. */
export function columnRows(column: Column, from: number, to: number): Column {
  const bytes = column.type === 'uint8' ? 1 : 4;
  return { ...column, byteOffset: column.byteOffset + from * column.size * bytes, rows: to - from };
}

/** The numbers of a source with their shape; a typed array has as many rows of the needed shape as it fills. */
export async function readSource(
  source: DataSource,
  need: Pick<ColumnNeed, 'name' | 'shape'>,
): Promise<{ values: Values; shape: readonly number[]; scale: number }> {
  const size = sizeOf(need.shape);
  if (isValues(source)) return { values: source, shape: [source.length / size, ...need.shape], scale: 1 };
  if (Array.isArray(source)) return { ...flatten(source, need), scale: 1 };
  if (isTensor(source)) return { values: await source.data(), shape: source.shape, scale: 1 };
  const { values, shape, scale = 1 } = source as { values: Values; shape: readonly number[]; scale?: number };
  if (isValues(values) && Array.isArray(shape)) return { values, shape, scale };
  throw userError(
    'INVALID_DATA',
    `${need.name} is ${describe(source)}; give a tensor, a typed array, nested arrays, or { values, shape }.`,
  );
}

/** Checks the shape against one row of the model and returns the number of rows. */
function requireShape(shape: readonly number[], need: ColumnNeed): number {
  const [rows, ...row] = shape;
  const same = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();
  // [rows] is as good as [rows, 1].
  const fits = same(row, need.shape) || (row.length === 0 && sizeOf(need.shape) === 1);
  if (rows === 0) throw userError('EMPTY_DATA', `${need.name} has no rows; give at least one.`);
  if (!fits || !Number.isInteger(rows)) {
    const hint = need.name === 'y' && need.type === 'float32' && sizeOf(row) === 1 ? labelHint(need) : '';
    throw userError(
      'SHAPE_MISMATCH',
      `${need.name} has shape [${shape.join(', ')}], but the model takes [rows, ${need.shape.join(', ')}]${hint}; reshape the data or change the model.`,
    );
  }
  return rows;
}

function labelHint({ shape }: ColumnNeed): string {
  return shape.length === 1 ? ' (for class numbers use the loss sparseCategoricalCrossentropy)' : '';
}

/** Class labels or indices as int32, each checked to be one. */
function toWholeNumbers(values: Values, need: ColumnNeed): Int32Array {
  const limit = need.limit ?? need.classes ?? 0;
  const at = values.findIndex((value) => !Number.isInteger(value) || value < 0 || value >= limit);
  if (at >= 0) throw need.limit === undefined ? wrongLabel(values[at], at, need) : wrongIndex(values[at], at, need);
  return values instanceof Int32Array ? values : Int32Array.from(values);
}

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

function requireFinite(values: Float32Array, { name, shape }: ColumnNeed): void {
  // 0 · v is 0 for every finite v, so one sum tells whether a slower look is needed.
  let zero = 0;
  for (let i = 0; i < values.length; i++) zero += 0 * values[i];
  if (zero === 0) return;
  const at = values.findIndex((value) => !Number.isFinite(value));
  const size = sizeOf(shape);
  throw userError(
    'NON_FINITE_DATA',
    `${name} has ${values[at]} in row ${Math.floor(at / size)}, column ${at % size}; every value must be a finite number.`,
  );
}

function share(values: Values, rows: number, size: number, scale: number, { type }: ColumnNeed): Column {
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

function typeOf(values: Values): Column['type'] {
  if (values instanceof Float32Array) return 'float32';
  return values instanceof Int32Array ? 'int32' : 'uint8';
}

/** Nested arrays of one shape → float32 values. */
function flatten(
  nested: readonly unknown[],
  { name }: Pick<ColumnNeed, 'name'>,
): { values: Float32Array; shape: number[] } {
  const shape: number[] = [];
  for (let level: unknown = nested; Array.isArray(level); level = level[0]) shape.push(level.length);
  const values = new Float32Array(sizeOf(shape));
  let end = 0;
  const visit = (level: unknown, depth: number, path: string): void => {
    if (depth === shape.length) {
      if (typeof level !== 'number' && typeof level !== 'boolean') {
        throw userError('INVALID_DATA', `${path} is ${describe(level)}; give numbers.`);
      }
      values[end++] = Number(level);
      return;
    }
    if (!Array.isArray(level) || level.length !== shape[depth]) {
      const found = Array.isArray(level) ? `${level.length} entries` : describe(level);
      throw userError(
        'INVALID_DATA',
        `${path} has ${found}, but the first of its kind has ${shape[depth]}; rows must have one shape.`,
      );
    }
    level.forEach((part, i) => {
      visit(part, depth + 1, `${path}[${i}]`);
    });
  };
  visit(nested, 0, name);
  return { values, shape };
}

function isValues(source: unknown): source is Values {
  return source instanceof Float32Array || source instanceof Int32Array || source instanceof Uint8Array;
}

function isTensor(source: unknown): source is { data(): Promise<Values>; shape: number[] } {
  return typeof source === 'object' && source !== null && 'data' in source && typeof source.data === 'function';
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null
    ? `an object of type ${value.constructor?.name}`
    : (JSON.stringify(value) ?? 'nothing');
}
