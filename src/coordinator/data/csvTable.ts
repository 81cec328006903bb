import { userError } from '../../shared/errors.js';
import type { ColumnPlan } from './csvColumns.js';
import type { CsvOptions, CsvTable, CsvValues, TargetKind } from './csvOptions.js';
import { type Growing, growingFloats } from './growing.js';
import { type Classes, ClassLabels, type ClassRule } from './labels.js';
import { isMissing, numberReader, type ReadNumber } from './numberCells.js';
import { quoted } from './quoted.js';
import { missing, noNumber, ragged, TableProblems } from './tableProblems.js';

/** The rows of one file as they are read. What is wrong with them is collected, so that it is told at once. */
export class Table<X extends Float32Array | Float64Array> {
  readonly #path: string;
  readonly #plan: ColumnPlan;
  readonly #options: CsvOptions;
  readonly #features: Growing<X>;
  readonly #read: ReadNumber;
  readonly #numbers = growingFloats();
  readonly #labels: ClassLabels;
  readonly #target: TargetKind;
  readonly #problems: TableProblems;
  #rows = 0;

  constructor(path: string, plan: ColumnPlan, options: CsvOptions, features: Growing<X>) {
    this.#path = path;
    this.#plan = plan;
    this.#options = options;
    this.#features = features;
    this.#read = numberReader(options);
    this.#labels = new ClassLabels(this.#read);
    this.#target = options.target ?? 'numbers';
    this.#problems = new TableProblems(path);
    if (this.#target !== 'numbers' && plan.labels.length > 1) {
      throw userError(
        'CSV_LABELS',
        `data.label names ${plan.labels.length} columns, but the loss takes one class a row; name one column.`,
      );
    }
  }

  get isEmpty(): boolean {
    return this.#rows === 0;
  }

  add(line: number, cells: readonly string[]): void {
    const { width, features, labels } = this.#plan;
    if (this.#rows++ === 0 && this.#options.header === false) this.#requireNumbers(line, cells);
    if (cells.length !== width) {
      this.#problems.add(ragged(line, cells.length, width));
      return;
    }
    for (const column of features) this.#features.push(this.#number(line, column, cells[column]));
    for (const column of labels) this.#addLabel(line, column, cells[column]);
  }

  finish(): CsvTable<X> {
    const { features, labels, names } = this.#plan;
    const targets = labels.length === 0 ? {} : this.#finishLabels();
    this.#problems.throwIfAny();
    return {
      rows: this.#rows,
      x: { values: this.#features.join(), shape: [this.#rows, features.length] },
      columns: features.map((index) => names[index]),
      labels: labels.map((index) => names[index]),
      ...targets,
    };
  }

  #addLabel(line: number, column: number, cell: string): void {
    if (this.#target === 'numbers') this.#numbers.push(this.#number(line, column, cell));
    else if (cell.trim() === '') this.#problems.add(missing({ line, column: this.#label(column) }, cell));
    else this.#labels.add(cell, line);
  }

  #finishLabels(): Pick<CsvTable, 'y' | 'classes' | 'labelForm'> {
    const { labels } = this.#plan;
    if (this.#target === 'numbers') return { y: { values: this.#numbers.join(), shape: [this.#rows, labels.length] } };
    const place = { path: this.#path, column: this.#label(labels[0]) };
    const classes = this.#labels.finish(this.#classRule(), place, this.#problems);
    return {
      y: toTarget(this.#target, classes, this.#classRule()),
      labelForm: classes.form,
      ...(classes.names && { classes: classes.names }),
    };
  }

  #classRule(): ClassRule {
    const { classes, classCount, labelForm } = this.#options;
    const count = this.#target === 'binary' ? 2 : classCount;
    return {
      ...(classes && { names: classes.map(String) }),
      ...(count !== undefined && { count }),
      ...(labelForm && { form: labelForm }),
    };
  }

  /** A first line of words where numbers should be is a header that nobody announced, not ten wrong cells. */
  #requireNumbers(line: number, cells: readonly string[]): void {
    const used = this.#plan.features.filter((column) => column < cells.length && !isMissing(cells[column]));
    if (used.length === 0 || used.some((column) => !Number.isNaN(this.#read(cells[column])))) return;
    const [column] = used;
    throw userError(
      'CSV_NOT_A_NUMBER',
      `${this.#path}, row ${line}, ${this.#label(column)}: ${quoted(cells[column])} is not a finite number, nor is any other feature of the first row; if that row holds column names, set data.header to true.`,
    );
  }

  /** NaN beside a problem that is noted. */
  #number(line: number, column: number, cell: string): number {
    const value = this.#read(cell);
    if (Number.isFinite(Math.fround(value))) return value;
    const place = { line, column: this.#label(column) };
    this.#problems.add(isMissing(cell) ? missing(place, cell) : noNumber(place, cell, value));
    return Number.NaN;
  }

  #label(column: number): string {
    return columnInWords(this.#plan.names[column], this.#options.header);
  }
}

/** A column for messages. */
export function columnInWords(name: string, header: boolean | undefined): string {
  return header === false ? `${name} (from 0)` : `column ${quoted(name)}`;
}

/** Labels that are classes, in the form that a loss takes. */
export function toTarget(
  kind: Exclude<TargetKind, 'numbers'>,
  { numbers, names }: Classes,
  { count }: ClassRule,
): CsvValues<Float32Array | Int32Array> {
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
