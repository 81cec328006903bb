import { missing } from '../../../coordinator/data/tableProblems.js';
import type { FeatureColumn } from './columns.js';
import type { BadValue } from './features/feature.js';
import { type Fitted, kindOf } from './features/index.js';
import type { RowProblems } from './problems.js';
import type { RawTable } from './raw.js';

/** A column with what was learned of it. */
export interface FittedColumn extends FeatureColumn {
  readonly fitted: Fitted;
}

/** What the cells of a column say, before anything is learned. */
export interface ColumnValues extends FeatureColumn {
  readonly values: unknown;
}

/** The values of each column, the first ones of the table that was read; those that are none are noted. */
export function valuesOf(features: readonly FeatureColumn[], raw: RawTable, problems: RowProblems): ColumnValues[] {
  return features.map(({ name, spec }, i) => {
    const note = ({ row, ...bad }: BadValue): void =>
      problems.add({ ...bad, line: row, column: problems.column(name) });
    return { name, spec, values: kindOf(spec).values(spec, raw.columns[i], note) };
  });
}

/**
 * The rows that stay: those where no column that says so lacks its value. A column that needs one has it told, and so has any column
 * where all rows are needed.
 */
export function keptRows(
  columns: readonly ColumnValues[],
  rows: number,
  problems: RowProblems,
  needsAll: boolean,
): Int32Array {
  const isDropped = new Uint8Array(rows);
  for (const { name, spec, values } of columns) {
    const policy = 'missing' in spec ? spec.missing : undefined;
    if (policy !== 'error' && policy !== 'drop') continue;
    const isTold = policy === 'error' || needsAll;
    const { isMissing } = kindOf(spec);
    let told = 0;
    for (let row = 0; row < rows; row++) {
      if (!isMissing(values, row)) continue;
      isDropped[row] = 1;
      if (!isTold || told++ >= MOST_TOLD) continue;
      const advice = policy === 'error' ? ADVICE : 'fill it in, or leave out the row: each row gets a prediction';
      problems.add(missing({ line: row, column: problems.column(name) }, '', advice));
    }
  }
  return Int32Array.from({ length: rows }, (_, row) => row).filter((row) => isDropped[row] === 0);
}

const MOST_TOLD = 10;
const ADVICE = 'fill it in, or set data.missing to fill or drop, or missing of the column in data.columns';

/** Learns every column from the given rows. */
export function fitColumns(columns: readonly ColumnValues[], rows: Int32Array): FittedColumn[] {
  return columns.map(({ name, spec, values }) => ({ name, spec, fitted: kindOf(spec).fit(spec, values, rows) }));
}

/** Names of the model's inputs, in order. */
export function inputsOf(columns: readonly FittedColumn[]): string[] {
  return columns.flatMap(({ name, spec, fitted }) => kindOf(spec).inputs(fitted, name));
}

/** The inputs of some rows: shape [rows, inputs], in shared memory. */
export function encodeRows(fitted: readonly FittedColumn[], columns: readonly ColumnValues[], rows: Int32Array) {
  const sizes = fitted.map(({ name, spec, fitted: learned }) => kindOf(spec).inputs(learned, name).length);
  const width = sizes.reduce((sum, size) => sum + size, 0);
  const values = new Float32Array(new SharedArrayBuffer(rows.length * width * 4));
  const encoders = fitted.map(({ spec, fitted: learned }, i) => kindOf(spec).encoder(learned, columns[i].values));
  for (let from = 0; from < rows.length; from += BLOCK) {
    const block = rows.subarray(from, from + BLOCK);
    const x = values.subarray(from * width, (from + block.length) * width);
    let at = 0;
    encoders.forEach((encode, i) => {
      encode(block, x, at, width);
      at += sizes[i];
    });
  }
  return { values, shape: [rows.length, width] };
}

/** Rows whose inputs a cache holds while one column after the other is written. */
const BLOCK = 512;
