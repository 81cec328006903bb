import { createHash } from 'node:crypto';
import type { TargetKind } from '../../../coordinator/data/csv.js';
import { named } from '../../../coordinator/data/quoted.js';
import { suggestion } from '../../../coordinator/options/suggestion.js';
import { userError } from '../../../shared/errors.js';
import { type LabelledRows, part, requireLabels, type TableRows, updateHash } from '../csv/load.js';
import { classCount, requireClassCount, requireTargets, targetKind } from '../csv/reading.js';
import type { DataRequest, ModelShapes, TrainingData } from '../format.js';
import { type ChosenColumns, chooseColumns, findColumns } from './columns.js';
import { kindOf } from './features/index.js';
import { type ColumnValues, encodeRows, type FittedColumn, fitColumns, inputsOf, keptRows, valuesOf } from './fit.js';
import type { KeptTable } from './kept.js';
import {
  classLabels,
  type LabelReading,
  labelledRows,
  numberLabels,
  type ReadLabels,
  requireTransform,
} from './labels.js';
import { RowProblems, tellingLines } from './problems.js';
import { type RawColumn, readRaw } from './raw.js';
import type { TableConfig } from './section.js';
import { openTable } from './source/open.js';
import type { TableSource, WantedColumn } from './source/source.js';
import { sqlTable } from './source/sql.js';
import { splitColumn, splitRows } from './split.js';

/** A training table before the model is known: what each column says, and what was learned from the training rows. */
interface FittedTable {
  readonly source: TableSource;
  readonly chosen: ChosenColumns;
  readonly target: TargetKind;
  readonly labels: readonly RawColumn[];
  readonly values: readonly ColumnValues[];
  /** The rows in the order in which they are used: the training rows, then those to validate on. */
  readonly rows: Int32Array;
  readonly training: number;
  readonly fitted: readonly FittedColumn[];
  readonly digest: string;
}

type ShapelessRequest = Omit<DataRequest, 'model'>;

/** Tables that were read to learn the shape of the model's input, by their sections. */
const fittedTables = new WeakMap<TableConfig, Promise<FittedTable>>();

/** How many numbers a row of the model's input has. */
export async function inputShape(data: TableConfig, request: ShapelessRequest): Promise<readonly number[]> {
  const fitting = fitTable(data, request);
  fittedTables.set(data, fitting);
  return [inputsOf((await fitting).fitted).length];
}

/** Reads, splits, fits and encodes a table. What is learned is learned from the training rows alone. */
export async function loadTable(data: TableConfig, request: DataRequest): Promise<TrainingData<KeptTable>> {
  const table = await (fittedTables.get(data) ?? fitTable(data, request));
  fittedTables.delete(data);
  const { model } = request;
  const inputs = inputsOf(table.fitted);
  requireInputs(table.source.path, inputs.length, model);
  const read = await tellingLines(table.source, () => trainingLabels(table, data, model));
  const { y, ...reading } = read;
  const whole = { rows: table.rows.length, x: encodeRows(table.fitted, table.values, table.rows), y };
  const kept = keep(table, reading);
  const at = table.training;
  const rest = at < whole.rows ? part(whole, at, whole.rows) : await loadValidation(data, kept, model);
  return { train: part(whole, 0, at), validation: rest, kept };
}

async function openData(data: TableConfig): Promise<TableSource> {
  return 'sql' in data ? sqlTable(data.sql, data.folder) : openTable(data.table, data);
}

async function loadValidation(data: TableConfig, kept: KeptTable, model: ModelShapes): Promise<LabelledRows | null> {
  return 'sql' in data || data.validation === undefined ? null : readLabelled(data.validation, kept, model);
}

/** Another table for a model, read in every detail as its training table was, with the columns that are passed through as they are. */
export async function readRows(
  path: string,
  kept: KeptTable,
  model: ModelShapes,
  passed: readonly string[] = [],
): Promise<TableRows> {
  return readTable(path, kept, model, { passed, needsAll: true });
}

/** As `readRows`, for rows whose labels are needed. Rows without a value are left out where they were in training. */
export async function readLabelled(path: string, kept: KeptTable, model: ModelShapes): Promise<LabelledRows> {
  return requireLabels(path, await readTable(path, kept, model, { passed: [], needsAll: false }));
}

async function readTable(
  path: string,
  kept: KeptTable,
  { outputShape }: ModelShapes,
  { passed, needsAll }: { readonly passed: readonly string[]; readonly needsAll: boolean },
): Promise<TableRows> {
  const source = await openTable(path, kept.dialect);
  return tellingLines(source, async () => {
    const { features, labels } = findColumns(source, kept);
    const passing = passedColumns(source, passed);
    const raw = await readRaw(source, [...wantedOf(source, kept, kept.target, features, labels), ...passing]);
    requireRows(path, raw.rows);
    const problems = new RowProblems(source);
    const values = valuesOf(kept.features, raw, problems);
    const rows = keptRows(values, raw.rows, problems, needsAll);
    problems.throwIfAny();
    const x = encodeRows(kept.features, values, rows);
    const named = passing.map((_, i) => ({
      column: passed[i],
      values: textsOf(raw.columns[features.length + labels.length + i], rows),
    }));
    if (labels.length === 0 || needsAll) return { rows: rows.length, x, named };
    const columns = raw.columns.slice(features.length, features.length + labels.length);
    const asked = { ...kept, count: classCount(kept.target, outputShape) };
    const { y } = labelsOf(source, kept.labels, columns, rows, asked, problems);
    return { rows: rows.length, x, y };
  }).finally(() => source.close());
}

/** Numbers are passed as numbers, as a text of one may have other digits; but whole ones digit by digit. */
function passedColumns({ path, columns }: TableSource, passed: readonly string[]): WantedColumn[] {
  const names = columns.map(({ name }) => name);
  return passed.map((name) => {
    const index = names.indexOf(name);
    if (index >= 0) {
      const { type, isWhole } = columns[index];
      return { index, as: type === 'number' && !isWhole ? 'number' : 'text' };
    }
    throw userError(
      'CSV_COLUMN_MISSING',
      `${path} has no column ${named(name)}, which --keep names; ${suggestion(name, names.map(named))}`,
    );
  });
}

function textsOf(column: RawColumn, rows: Int32Array): string[] {
  if (column.as === 'text') return Array.from(rows, (row) => column.texts[column.codes[row]]);
  return Array.from(rows, (row) => (Number.isNaN(column.values[row]) ? '' : String(column.values[row])));
}

async function fitTable(data: TableConfig, { losses, validationSplit, seed }: ShapelessRequest): Promise<FittedTable> {
  const [loss] = losses;
  const target = targetKind(loss.name, data.label, data.oneHot);
  requireTransform(target, data);
  const source = await openData(data);
  return tellingLines(source, async () => {
    const chosen = await chooseColumns(source, data);
    const { features, labels } = findColumns(source, { ...chosen, width: source.columns.length });
    const splitBy = splitColumn(source, data);
    const wanted = wantedOf(source, chosen, target, features, labels);
    const raw = await readRaw(source, splitBy === undefined ? wanted : [...wanted, splitBy]);
    requireRows(source.path, raw.rows);
    const problems = new RowProblems(source);
    const values = valuesOf(chosen.features, raw, problems);
    const columns = raw.columns.slice(features.length, features.length + labels.length);
    const complete = keptRows(values, raw.rows, problems, false);
    problems.throwIfAny();
    const kept = data.missing === 'drop' ? labelledRows(complete, columns, data.classes) : complete;
    requireRows(source.path, kept.length);
    const by = { column: raw.columns[features.length + labels.length], label: columns[0], seed, problems };
    const { rows, training } = splitRows(kept, validationSplit, data, by);
    const fitted = fitColumns(values, rows.subarray(0, training));
    const digest = digestOf(raw.columns);
    return { source, chosen, target, labels: columns, values, rows, training, fitted, digest };
  }).finally(() => source.close());
}

/** Features as their kinds want them, labels as the loss does. */
function wantedOf(
  { columns }: TableSource,
  { features }: Pick<ChosenColumns, 'features'>,
  target: TargetKind,
  places: readonly number[],
  labels: readonly number[],
) {
  return [
    ...features.map(({ spec }, i) => ({ index: places[i], as: kindOf(spec).wants(columns[places[i]].type) ?? 'text' })),
    ...labels.map((index) => ({ index, as: target === 'numbers' ? ('number' as const) : ('text' as const) })),
  ];
}

function trainingLabels(table: FittedTable, data: TableConfig, { outputShape }: ModelShapes): ReadLabels {
  const { source, chosen, target, labels, rows, training } = table;
  const count = classCount(target, outputShape);
  requireTargets(target, data.label, outputShape);
  if (data.classes !== undefined) requireClassCount(data.classes.length, count);
  const { classes } = data;
  const asked = { target, transform: data.target, training, count, ...(classes && { classes }) };
  return labelsOf(source, chosen.labels, labels, rows, asked, new RowProblems(source));
}

interface AskedLabels extends Partial<Omit<LabelReading, 'transform' | 'target'>> {
  readonly target: TargetKind;
  readonly transform: TableConfig['target'] | LabelReading['transform'];
  readonly training?: number;
  readonly count: number | undefined;
}

function labelsOf(
  source: TableSource,
  names: readonly string[],
  columns: readonly RawColumn[],
  rows: Int32Array,
  { target, transform, classes, labelForm, count, training = rows.length }: AskedLabels,
  problems: RowProblems,
): ReadLabels {
  if (target === 'numbers') return numberLabels(names, columns, rows, transform, training, problems);
  const rule = {
    ...(classes && { names: classes }),
    ...(labelForm && { form: labelForm }),
    ...(count !== undefined && { count }),
  };
  const [name, other] = names;
  if (other !== undefined) {
    throw userError(
      'CSV_LABELS',
      `data.label names ${names.length} columns, but the loss takes one class a row; name one column.`,
    );
  }
  return classLabels(source, name, columns[0], rows, rule, target, problems);
}

function keep({ source, chosen, fitted, digest }: FittedTable, reading: LabelReading): KeptTable {
  const width = source.dialect?.header === false ? { width: source.columns.length } : {};
  return { dialect: source.dialect ?? {}, features: fitted, labels: chosen.labels, ...width, ...reading, digest };
}

function requireRows(path: string, rows: number): void {
  if (rows === 0) throw userError('CSV_EMPTY', `${path} has a header but no rows; give at least one row of data.`);
}

function requireInputs(path: string, inputs: number, { inputShape }: ModelShapes): void {
  if (inputShape.length === 1 && inputShape[0] === inputs) return;
  throw userError(
    'CSV_FEATURES',
    `The columns of ${path} become ${inputs} inputs, but one row of the model's input is [${inputShape.join(', ')}]; leave inputShape out, so that it is taken from the data, or change data.columns.`,
  );
}

/** sha256 over everything that was read, in hex: tells whether a resumed run sees the same data. */
function digestOf(columns: readonly RawColumn[]): string {
  const hash = createHash('sha256');
  for (const column of columns) {
    updateHash(hash, column.as === 'number' ? column.values : column.codes);
    if (column.as === 'text') hash.update(JSON.stringify(column.texts));
  }
  return hash.digest('hex');
}
