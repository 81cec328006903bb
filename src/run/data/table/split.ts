import { isMissing } from '../../../coordinator/data/numberCells.js';
import { named, quoted } from '../../../coordinator/data/quoted.js';
import { shuffleRows, splitRow } from '../../../coordinator/data/split.js';
import { missing } from '../../../coordinator/data/tableProblems.js';
import { suggestion } from '../../../coordinator/options/suggestion.js';
import { userError } from '../../../shared/errors.js';
import { dateReader } from './features/dates.js';
import type { RowProblems } from './problems.js';
import type { RawColumn } from './raw.js';
import type { TableConfig } from './section.js';
import type { TableSource, WantedColumn } from './source/source.js';

/** Rows in the order in which they are used, of which the first `training` are trained on. */
export interface SplitRows {
  readonly rows: Int32Array;
  readonly training: number;
}

/** The column that a split goes by, beside that of the labels; undefined where it goes by none. */
export function splitColumn({ path, columns }: TableSource, { split }: TableConfig): WantedColumn | undefined {
  const name = split?.groups ?? split?.time;
  if (name === undefined) return undefined;
  const names = columns.map((column) => column.name);
  const index = names.indexOf(name);
  if (index >= 0) return { index, as: split?.time !== undefined && columns[index].type !== 'text' ? 'number' : 'text' };
  throw userError(
    'CSV_COLUMN_MISSING',
    `${path} has no column ${named(name)}, which data.split names; ${suggestion(name, names.map(named))}`,
  );
}

/** Splits off the rows to validate on. `column` is what `splitColumn` asked for; `labels` are those of classes. */
export function splitRows(
  kept: Int32Array,
  share: number | undefined,
  { split, shuffle, columns }: TableConfig,
  {
    column,
    label,
    seed,
    problems,
  }: { column: RawColumn | undefined; label: RawColumn; seed: number; problems: RowProblems },
): SplitRows {
  if (shuffle) shuffleRows([{ values: kept, size: 1 }], kept.length, seed);
  if (share === undefined) return { rows: kept, training: kept.length };
  if (split?.stratify) return stratified(kept, share, codesOf(label));
  if (split?.groups !== undefined && column !== undefined) return grouped(kept, share, codesOf(column));
  if (split?.time !== undefined && column !== undefined) {
    const spec = columns[split.time];
    const format = spec?.kind === 'date' ? spec.format : 'YYYY-MM-DD';
    const times = timesOf(column, kept, format, problems.column(split.time), problems);
    const rows = kept.toSorted((a, b) => times[a] - times[b] || a - b);
    return { rows, training: splitRow(rows.length, share) };
  }
  return { rows: kept, training: splitRow(kept.length, share) };
}

/** Of each class the same share, from the end of its rows. */
function stratified(kept: Int32Array, share: number, classes: readonly (number | string)[] | Int32Array): SplitRows {
  const counts = new Map<number | string, number>();
  for (const row of kept) counts.set(classes[row], (counts.get(classes[row]) ?? 0) + 1);
  const left = new Map([...counts].map(([name, count]) => [name, Math.round(count * (1 - share))]));
  return parted(kept, share, (row) => {
    const rest = left.get(classes[row]) ?? 0;
    left.set(classes[row], rest - 1);
    return rest > 0;
  });
}

/** Whole groups, in the order in which they are first met; those at the end are validated on. */
function grouped(kept: Int32Array, share: number, groups: readonly (number | string)[] | Int32Array): SplitRows {
  const counts = new Map<number | string, number>();
  for (const row of kept) counts.set(groups[row], (counts.get(groups[row]) ?? 0) + 1);
  const training = new Set<number | string>();
  let rows = 0;
  for (const [group, count] of counts) {
    // The group whose middle row would be trained on by a split within groups is trained on.
    if (rows + count / 2 > kept.length * (1 - share)) break;
    training.add(group);
    rows += count;
  }
  return parted(kept, share, (row) => training.has(groups[row]));
}

function parted(kept: Int32Array, share: number, trains: (row: number) => boolean): SplitRows {
  const isTraining = Array.from(kept, trains);
  const [first, last] = [true, false].map((part) => kept.filter((_, i) => isTraining[i] === part));
  if (first.length > 0 && last.length > 0) {
    const all = new Int32Array(kept.length);
    all.set(first);
    all.set(last, first.length);
    return { rows: all, training: first.length };
  }
  throw userError(
    'EMPTY_SPLIT',
    `data.split with fit.validationSplit ${share} leaves ${first.length} rows to train and ${last.length} to validate; both need at least one.`,
  );
}

function codesOf(column: RawColumn): Int32Array | readonly number[] {
  return column.as === 'text' ? column.codes : Array.from(column.values);
}

function timesOf(
  column: RawColumn,
  rows: Int32Array,
  format: string,
  name: string,
  problems: RowProblems,
): Float64Array {
  const read = dateReader(format);
  const values = column.as === 'number' ? column.values : undefined;
  const texts =
    column.as === 'text' ? column.texts.map((text) => (isMissing(text) ? Number.NaN : numberOr(text, read))) : [];
  const times =
    values ?? Float64Array.from((column as Extract<RawColumn, { as: 'text' }>).codes, (code) => texts[code]);
  for (const row of rows) {
    if (!Number.isNaN(times[row])) continue;
    const text = column.as === 'text' ? column.texts[column.codes[row]] : '';
    const place = { line: row, column: name };
    if (isMissing(text))
      problems.add(missing(place, text, 'data.split goes by its time: fill it in, or leave out the row'));
    else
      problems.add({
        ...place,
        code: 'TABLE_VALUE',
        finding: `${quoted(text)} is no time of the form ${format}`,
        advice: 'mend the cell, or give the format of the column in data.columns',
      });
  }
  problems.throwIfAny();
  return times;
}

function numberOr(text: string, read: (text: string) => number): number {
  const time = read(text);
  return Number.isNaN(time) && text.trim() !== '' ? Number(text) : time;
}
