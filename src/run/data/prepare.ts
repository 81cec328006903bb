import { createHash, type Hash } from 'node:crypto';
import { sizeOf } from '../../coordinator/compiler/lower/description.js';
import { type CsvOptions, type CsvTable, type CsvValues, readTable } from '../../coordinator/data/csv.js';
import { growingDoubles, growingFloats } from '../../coordinator/data/growing.js';
import { applyScaling, isScaled, settleScaling } from '../../coordinator/data/scaling.js';
import { shuffleRows, splitRow } from '../../coordinator/data/split.js';
import type { RowSource } from '../../coordinator/options/trainerOptions.js';
import { userError } from '../../shared/errors.js';
import type { RunConfig, SourceConfig, TableRun } from '../config/schema.js';
import {
  type ModelShapes,
  type Preprocessing,
  readOptions,
  remember,
  requireFeatures,
  type SourceRows,
  settleReading,
} from './preprocessing.js';
import { type CountedRows, importSource, readWholeSource } from './sourceModule.js';

/** Rows that a trainer takes as they are. */
export interface LabelledRows {
  readonly rows: number;
  readonly x: CsvValues<Float32Array>;
  readonly y: CsvValues<Float32Array | Int32Array>;
}

/** Rows as `LabelledRows`, whose labels may not be known. */
export interface LoadedRows extends Omit<LabelledRows, 'y'> {
  readonly y?: LabelledRows['y'];
}

/** All that a run trains and validates on, and how other data is to be read for its model. */
export interface TrainingData {
  readonly train: CountedRows | RowSource;
  readonly validation: CountedRows | null;
  readonly preprocessing: Preprocessing | SourceRows;
}

/** That of a table. */
interface TableData extends TrainingData {
  readonly train: LabelledRows;
  readonly validation: LabelledRows | null;
  readonly preprocessing: Preprocessing;
}

/** Reads the table of a run, or opens the source that a module exports. */
export async function loadTrainingData(config: RunConfig, model: ModelShapes): Promise<TrainingData> {
  const { data } = config;
  return 'source' in data ? loadSource(data) : loadTableData({ ...config, data }, model);
}

/** The rows to train on come later, as they are needed. */
async function loadSource({ source, validation }: SourceConfig): Promise<TrainingData> {
  const train = await importSource(source);
  return {
    train,
    validation: validation === undefined ? null : await readWholeSource(validation),
    preprocessing: { rows: train.rows },
  };
}

/** Reads, shuffles, splits and scales a table. Statistics come from the training rows alone. */
export async function loadTableData(config: TableRun, model: ModelShapes): Promise<TableData> {
  const { data, fit, run } = config;
  const reading = settleReading(config, model);
  const table = requireLabels(data.csv, await readFeatures(data.csv, readOptions(reading, model), isScaled(data)));
  requireFeatures(data.csv, table, reading.shape);
  const digest = digestOf(table);
  if (data.shuffle) shuffleRows([rowsOf(table.x), rowsOf(table.y)], table.rows, run.seed);
  const at = fit.validationSplit === undefined ? table.rows : splitRow(table.rows, fit.validationSplit);
  const width = table.columns.length;
  const scaling = settleScaling(data, table.x.values.subarray(0, at * width), width);
  const preprocessing = { ...remember(reading, table), scaling, digest };
  const whole = shaped(table, preprocessing);
  const rest = at < table.rows ? part(whole, at, table.rows) : await loadValidation(config, preprocessing, model);
  return { train: part(whole, 0, at), validation: rest, preprocessing };
}

/** Reads and scales a file exactly as the training data of a model was. */
export async function loadRows(path: string, preprocessing: Preprocessing, model: ModelShapes): Promise<LoadedRows> {
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
  { data }: TableRun,
  preprocessing: Preprocessing,
  model: ModelShapes,
): Promise<LabelledRows | null> {
  return data.validation === undefined ? null : loadLabelledRows(data.validation, preprocessing, model);
}

function requireLabels<T extends { readonly y?: unknown }>(
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
  return { rows, x: { values, shape: [rows, ...shape] }, y } as LoadedRows & Pick<T, 'y'>;
}

/** Rows [from, to), without copying. */
function part({ x, y }: LabelledRows, from: number, to: number): LabelledRows {
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
function updateHash(hash: Hash, values: Float32Array | Float64Array | Int32Array): void {
  for (let from = 0; from < values.length; from += PIECE) {
    hash.update(new Uint8Array(values.slice(from, from + PIECE).buffer));
  }
}
