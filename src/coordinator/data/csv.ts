import { userError } from '../../shared/errors.js';
import { type ColumnChoices, type ColumnPlan, planColumns } from './csvColumns.js';
import { type CsvText, readRecords } from './csvRecords.js';
import { growingFloats } from './growing.js';
import { type Classes, ClassLabels, type ClassRule } from './labels.js';

/**
 * What a label becomes: `classes` its class number (int32), `oneHot` a 1 among as many columns as there are classes,
 * `binary` 0 or 1 as float32, `numbers` itself as float32.
 */
export type TargetKind = 'classes' | 'oneHot' | 'binary' | 'numbers';

export interface CsvOptions extends Partial<CsvText>, ColumnChoices {
  /** Whether the first line holds column names; default true. */
  readonly header?: boolean;
  /** Default `numbers`. */
  readonly target?: TargetKind;
  readonly classes?: readonly string[];
  /** How many classes the model tells apart, when that is known. */
  readonly classCount?: number;
}

/** Values in shared memory, with their shape. */
export interface CsvValues<T extends Float32Array | Int32Array> {
  readonly values: T;
  readonly shape: readonly number[];
}

export interface CsvTable {
  readonly rows: number;
  /** Shape [rows, features]. */
  readonly x: CsvValues<Float32Array>;
  /** Shape [rows, targets]; absent when the file has no labels. */
  readonly y?: CsvValues<Float32Array | Int32Array>;
  /** Names of the feature columns. */
  readonly columns: readonly string[];
  /** Names of the label columns. */
  readonly labels: readonly string[];
  /** Names of the classes, where labels are names or names were given. */
  readonly classes?: readonly string[];
}

/**
 * Reads a CSV file, gzipped or not. Every problem is an error that names the file, the row (its 1-based line) and the
 * column: a cell that is no number or is missing, a ragged row, a label out of range, an empty or unreadable file.
 */
export async function readCsv(path: string, options: CsvOptions = {}): Promise<CsvTable> {
  const { skipRows = 0, delimiter = ',', header = true } = options;
  let table: Table | undefined;
  await readRecords(path, { skipRows, delimiter }, (line, cells) => {
    if (table !== undefined) return table.add(line, cells);
    table = new Table(path, planColumns(path, cells, header, options), options);
    if (!header) table.add(line, cells);
  });
  if (table !== undefined && table.rows > 0) return table.finish();
  const what = table === undefined ? 'is empty' : 'has a header but no rows';
  throw userError('CSV_EMPTY', `${path} ${what}; give at least one row of data.`);
}

/** The rows of one file as they are read. */
class Table {
  readonly #path: string;
  readonly #plan: ColumnPlan;
  readonly #options: CsvOptions;
  readonly #features = growingFloats();
  readonly #numbers = growingFloats();
  readonly #labels = new ClassLabels();
  readonly #target: TargetKind;
  rows = 0;

  constructor(path: string, plan: ColumnPlan, options: CsvOptions) {
    this.#path = path;
    this.#plan = plan;
    this.#options = options;
    this.#target = options.target ?? 'numbers';
    if (this.#target !== 'numbers' && plan.labels.length > 1) {
      throw userError(
        'CSV_LABELS',
        `data.label names ${plan.labels.length} columns, but the loss takes one class a row; name one column.`,
      );
    }
  }

  add(line: number, cells: readonly string[]): void {
    const { width, features, labels } = this.#plan;
    if (cells.length !== width) throw this.#ragged(line, cells.length);
    for (const column of features) this.#features.push(this.#number(line, column, cells[column]));
    for (const column of labels) this.#addLabel(line, column, cells[column]);
    this.rows++;
  }

  finish(): CsvTable {
    const { features, labels, names } = this.#plan;
    const table = {
      rows: this.rows,
      x: { values: this.#features.join(), shape: [this.rows, features.length] },
      columns: features.map((index) => names[index]),
      labels: labels.map((index) => names[index]),
    };
    return labels.length === 0 ? table : { ...table, ...this.#finishLabels() };
  }

  #addLabel(line: number, column: number, cell: string): void {
    if (this.#target === 'numbers') this.#numbers.push(this.#number(line, column, cell));
    else if (cell === '') throw this.#missing(line, column, cell);
    else this.#labels.add(cell, line);
  }

  #finishLabels(): Pick<CsvTable, 'y' | 'classes'> {
    const { labels } = this.#plan;
    if (this.#target === 'numbers') return { y: { values: this.#numbers.join(), shape: [this.rows, labels.length] } };
    const classes = this.#labels.finish(this.#classRule(), { path: this.#path, column: this.#label(labels[0]) });
    return { y: toTarget(this.#target, classes, this.#classRule()), ...(classes.names && { classes: classes.names }) };
  }

  #classRule(): ClassRule {
    const { classes, classCount } = this.#options;
    const count = this.#target === 'binary' ? 2 : classCount;
    return { ...(classes && { names: classes }), ...(count !== undefined && { count }) };
  }

  #number(line: number, column: number, cell: string): number {
    const value = Number(cell);
    if (cell !== '' && Number.isFinite(Math.fround(value))) return value;
    if (cell === '' || MISSING.has(cell.toLowerCase())) throw this.#missing(line, column, cell);
    const hint =
      this.rows === 0 && this.#options.header === false
        ? ' (if this line holds column names, set data.header to true)'
        : '';
    throw userError(
      'CSV_NOT_A_NUMBER',
      `${this.#path}, row ${line}, ${this.#label(column)}: ${JSON.stringify(cell)} is not a finite number${hint}; mend the cell, or leave the column out with data.ignore.`,
    );
  }

  #missing(line: number, column: number, cell: string): Error {
    const what = cell === '' ? 'the cell is empty' : `${JSON.stringify(cell)} is a missing value`;
    return userError(
      'CSV_MISSING_VALUE',
      `${this.#path}, row ${line}, ${this.#label(column)}: ${what}; fill it in, or leave out the row or the column.`,
    );
  }

  #ragged(line: number, width: number): Error {
    return userError(
      'CSV_RAGGED',
      `${this.#path}, row ${line} has ${width} columns, but the first line has ${this.#plan.width}; every row needs the same.`,
    );
  }

  /** A column for messages. */
  #label(column: number): string {
    const name = this.#plan.names[column];
    return this.#options.header === false ? `${name} (from 0)` : `column ${JSON.stringify(name)}`;
  }
}

/** How other tools write a value that is not there. */
const MISSING = new Set(['nan', 'na', 'n/a', 'null', 'none', '?', '-']);

function toTarget(kind: Exclude<TargetKind, 'numbers'>, { numbers, names }: Classes, { count }: ClassRule) {
  const rows = numbers.length;
  if (kind === 'classes') return { values: numbers, shape: [rows, 1] };
  if (kind === 'binary') return { values: Float32Array.from(numbers), shape: [rows, 1] };
  const classes = count ?? names?.length ?? numbers.reduce((most, number) => Math.max(most, number), 0) + 1;
  const values = new Float32Array(new SharedArrayBuffer(rows * classes * 4));
  numbers.forEach((number, row) => {
    values[row * classes + number] = 1;
  });
  return { values, shape: [rows, classes] };
}
