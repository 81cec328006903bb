import type { CsvValues, TargetKind } from '../../../coordinator/data/csv.js';
import { toTarget } from '../../../coordinator/data/csvTable.js';
import { ClassLabels, type ClassRule, type LabelForm } from '../../../coordinator/data/labels.js';
import { isMissing, numberReader } from '../../../coordinator/data/numberCells.js';
import { missing } from '../../../coordinator/data/tableProblems.js';
import { userError } from '../../../shared/errors.js';
import { momentsOf } from './features/statistics.js';
import type { RowProblems } from './problems.js';
import type { RawColumn } from './raw.js';
import type { TableConfig } from './section.js';
import type { TableSource } from './source/source.js';

/** What is done to labels that are numbers, one a column; undone in predictions. */
export type TargetTransform =
  | { readonly kind: 'none' }
  | { readonly kind: 'log' }
  | { readonly kind: 'standardize'; readonly mean: readonly number[]; readonly deviation: readonly number[] };

/** What labels are read as: settled by the loss, and by the training rows. */
export interface LabelReading {
  readonly target: TargetKind;
  readonly classes?: readonly string[];
  readonly labelForm?: LabelForm;
  readonly transform: TargetTransform;
}

/** The labels of some rows, and what they turned out to be. */
export interface ReadLabels extends LabelReading {
  readonly y: CsvValues<Float32Array | Int32Array>;
}

const ADVICE = 'fill it in, or leave out the row';

/** The rows that have all their labels. */
export function labelledRows(
  rows: Int32Array,
  columns: readonly RawColumn[],
  names: readonly string[] | undefined,
): Int32Array {
  const lacks = columns.map((column) => {
    if (column.as === 'number') return (row: number) => Number.isNaN(column.values[row]);
    const areMissing = column.texts.map((text) => lacksClass(text, names));
    return (row: number) => areMissing[column.codes[row]];
  });
  return rows.filter((row) => !lacks.some((isMissingIn) => isMissingIn(row)));
}

function lacksClass(text: string, names: readonly string[] | undefined): boolean {
  return isMissing(text) && !names?.includes(text);
}

/** Labels that are classes, from the texts of one column. */
export function classLabels(
  source: TableSource,
  name: string,
  column: RawColumn,
  rows: Int32Array,
  rule: ClassRule,
  target: Exclude<TargetKind, 'numbers'>,
  problems: RowProblems,
): ReadLabels {
  const { codes, texts } = textsOf(column);
  const labels = new ClassLabels(numberReader(source.dialect));
  // Rows are met in the order of the table, so that problems name its first ones.
  for (const row of rows.toSorted()) {
    const text = texts[codes[row]];
    if (lacksClass(text, rule.names)) problems.add(missing({ line: row, column: problems.column(name) }, text, ADVICE));
    else labels.add(text, row);
  }
  problems.throwIfAny();
  const { numbers, form, names } = labels.finish(rule, { path: source.path, column: problems.column(name) }, problems);
  const ranks = new Int32Array(codes.length);
  rows.toSorted().forEach((row, i) => {
    ranks[row] = i;
  });
  const ordered = Int32Array.from(rows, (row) => numbers[ranks[row]]);
  const count = rule.count ?? names?.length;
  const y = toTarget(
    target,
    { numbers: ordered, form, ...(names && { names }) },
    { ...rule, ...(count !== undefined && { count }) },
  );
  return { y, target, labelForm: form, transform: { kind: 'none' }, ...(names && { classes: names }) };
}

/** Labels that are numbers, one or more a row. `training`: how many of the rows, from the first, statistics are taken from. */
export function numberLabels(
  names: readonly string[],
  columns: readonly RawColumn[],
  rows: Int32Array,
  asked: 'log' | 'standardize' | TargetTransform | undefined,
  training: number,
  problems: RowProblems,
): ReadLabels {
  const values = columns.map((column) => numbersOf(column));
  const isLog = asked === 'log' || (typeof asked === 'object' && asked.kind === 'log');
  names.forEach((name, i) => {
    for (const row of rows) {
      const value = values[i][row];
      const place = { line: row, column: problems.column(name) };
      if (Number.isNaN(value)) problems.add(missing(place, '', ADVICE));
      else if (isLog && value <= -1)
        problems.add({
          ...place,
          code: 'TABLE_VALUE',
          finding: `the label is ${value}`,
          advice: 'data.target log takes labels above -1; leave it out, or mend the label',
        });
    }
  });
  problems.throwIfAny();
  const transform = typeof asked === 'object' ? asked : fitTransform(asked, values, rows.subarray(0, training));
  const y = new Float32Array(new SharedArrayBuffer(rows.length * names.length * 4));
  values.forEach((column, at) => {
    for (let i = 0; i < rows.length; i++) y[i * names.length + at] = transformed(transform, column[rows[i]], at);
  });
  return { y: { values: y, shape: [rows.length, names.length] }, target: 'numbers', transform };
}

function fitTransform(
  asked: 'log' | 'standardize' | undefined,
  values: readonly Float64Array[],
  rows: Int32Array,
): TargetTransform {
  if (asked === undefined) return { kind: 'none' };
  if (asked === 'log') return { kind: 'log' };
  const moments = values.map((column) => momentsOf(Float64Array.from(rows, (row) => column[row])));
  return {
    kind: 'standardize',
    mean: moments.map(({ mean }) => mean),
    deviation: moments.map(({ deviation }) => deviation),
  };
}

/** log(1 + x), so that 0 stays 0. */
function transformed(transform: TargetTransform, value: number, at: number): number {
  if (transform.kind === 'log') return Math.log1p(value);
  return transform.kind === 'none' ? value : (value - transform.mean[at]) / transform.deviation[at];
}

/** A prediction of output `at` in the units of the labels. */
export function restored(transform: TargetTransform, value: number, at: number): number {
  if (transform.kind === 'log') return Math.expm1(value);
  return transform.kind === 'none' ? value : value * transform.deviation[at] + transform.mean[at];
}

/** What a section asks of its labels that its loss does not take. */
export function requireTransform(
  target: TargetKind,
  { target: asked, split }: Pick<TableConfig, 'target' | 'split'>,
): void {
  if (target === 'numbers' && split?.stratify) {
    throw userError(
      'CONFIG_CONFLICT',
      'data.split.stratify keeps the shares of classes, but the loss takes numbers; remove it, or give a loss over classes.',
    );
  }
  if (asked === undefined || target === 'numbers') return;
  throw userError(
    'CONFIG_CONFLICT',
    `data.target is ${asked}, but the loss takes classes; remove data.target, or give a loss over numbers.`,
  );
}

function textsOf(column: RawColumn): Extract<RawColumn, { as: 'text' }> {
  if (column.as === 'text') return column;
  throw new Error('labels that are classes were read as numbers');
}

function numbersOf(column: RawColumn): Float64Array {
  if (column.as === 'number') return column.values;
  throw new Error('labels that are numbers were read as text');
}
