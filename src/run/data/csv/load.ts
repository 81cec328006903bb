import { createHash, type Hash } from 'node:crypto';
import { sizeOf } from '../../../coordinator/compiler/lower/description.js';
import { type CsvOptions, type CsvTable, type CsvValues, readTable } from '../../../coordinator/data/csv.js';
import { growingDoubles, growingFloats } from '../../../coordinator/data/growing.js';
import { applyScaling, fitScaling, isScaled } from '../../../coordinator/data/scaling.js';
import { shuffleRows, splitRow } from '../../../coordinator/data/split.js';
import { userError } from '../../../shared/errors.js';
import type { DataRequest, LoadedRows, ModelShapes, TrainingData } from '../format.js';
import { type Preprocessing, readOptions, remember, requireFeatures, resolveReading } from './reading.js';
import type { CsvConfig } from './section.js';

/** Rows of a table, whose labels may not be known. */
export interface TableRows extends LoadedRows {
  readonly x: CsvValues<Float32Array>;
  readonly y?: CsvValues<Float32Array | Int32Array>;
}

/** Those with labels. */
export type LabelledRows = TableRows & Required<Pick<TableRows, 'y'>>;

/** What a table gives to train and to validate on. */
interface TableData extends TrainingData<Preprocessing> {
  readonly train: LabelledRows;
  readonly validation: LabelledRows | null;
}

/** Reads, shuffles, splits and scales a table. Statistics come from the training rows alone. */
export async function loadTable(data: CsvConfig, request: DataRequest): Promise<TableData> {
  const { model, validationSplit, seed } = request;
  const reading = resolveReading(data, request);
  const table = requireLabels(data.csv, await readFeatures(data.csv, readOptions(reading, model), isScaled(data)));
  requireFeatures(data.csv, table, reading.shape);
  const digest = digestOf(table);
  if (data.shuffle) shuffleRows([rowsOf(table.x), rowsOf(table.y)], table.rows, seed);
  const at = validationSplit === undefined ? table.rows : splitRow(table.rows, validationSplit);
  const width = table.columns.length;
  const scaling = fitScaling(data, () => [table.x.values.subarray(0, at * width)], width);
  const kept = { ...remember(reading, table), scaling, digest };
  const whole = shaped(table, kept);
  const rest = at < table.rows ? part(whole, at, table.rows) : await loadValidation(data, kept, model);
  return { train: part(whole, 0, at), validation: rest, kept };
}

/** Reads and scales a file exactly as the training data of a model was. */
export async function loadRows(path: string, preprocessing: Preprocessing, model: ModelShapes): Promise<TableRows> {
  const scaled = preprocessing.scaling.kind !== 'none';
  const table = await readFeatures(path, readOptions(preprocessing, model), scaled);
  requireFeatures(path, table, preprocessing.shape);
  return shaped(table, preprocessing);
}

type AnyTable = CsvTable<Float32Array | Float64Array>;

/** Features that are scaled keep all their digits until they are; others are what ranks read. */
async function readFeatures(path: string, options: CsvOptions, scaled: boolean): Promise<AnyTable> {
  return scaled ? readTable(path, options, growingDoubles()) : readTable(path, options, growingFloats());
}

/** As `loadRows`, for data whose labels are needed. */
export async function loadLabelledRows(
  path: string,
  preprocessing: Preprocessing,
  model: ModelShapes,
): Promise<LabelledRows> {
  return requireLabels(path, await loadRows(path, preprocessing, model));
}

async function loadValidation(
  data: CsvConfig,
  preprocessing: Preprocessing,
  model: ModelShapes,
): Promise<LabelledRows | null> {
  return data.validation === undefined ? null : loadLabelledRows(data.validation, preprocessing, model);
}

export function requireLabels<T extends { readonly y?: unknown }>(
  path: string,
  rows: T,
): T & { readonly y: NonNullable<T['y']> } {
  if (rows.y !== undefined) return rows as T & { readonly y: NonNullable<T['y']> };
  throw userError(
    'CSV_NO_LABELS',
    `${path} has the features but no label column; add the labels, or use predict, which needs none.`,
  );
}

/** x scaled, in the shape of the model's input. */
function shaped<T extends Pick<AnyTable, 'rows' | 'x' | 'y' | 'columns'>>(
  { rows, x, y, columns }: T,
  { shape, scaling }: Preprocessing,
) {
  const values = applyScaling(scaling, x.values, columns.length);
  return { rows, x: { values, shape: [rows, ...shape] }, y } as TableRows & Pick<T, 'y'>;
}

/** Rows [from, to), without copying. */
export function part({ x, y }: LabelledRows, from: number, to: number): LabelledRows {
  const cut = <T extends Float32Array | Int32Array>({ values, shape }: CsvValues<T>): CsvValues<T> => {
    const [, ...row] = shape;
    const size = sizeOf(row);
    return { values: values.subarray(from * size, to * size) as T, shape: [to - from, ...row] };
  };
  return { rows: to - from, x: cut(x), y: cut(y) };
}

function rowsOf({ values, shape }: CsvValues<Float32Array | Float64Array | Int32Array>) {
  return { values, size: shape[1] };
}

/** sha256 over features and labels as they were read, in hex: tells whether a resumed run sees the same data. */
function digestOf({ x, y }: Required<Pick<AnyTable, 'x' | 'y'>>): string {
  const hash = createHash('sha256');
  for (const { values } of [x, y]) updateHash(hash, values);
  return hash.digest('hex');
}

const PIECE = 1 << 18;

/** Hashing takes no shared memory, so it goes piece by piece. */
export function updateHash(hash: Hash, values: Float32Array | Float64Array | Int32Array): void {
  for (let from = 0; from < values.length; from += PIECE) {
    hash.update(new Uint8Array(values.slice(from, from + PIECE).buffer));
  }
}
