import { userError } from '../../shared/errors.js';
import { givenPath } from '../../shared/givenPath.js';
import { planColumns } from './csvColumns.js';
import type { CsvOptions, CsvTable, CsvValues, TargetKind } from './csvOptions.js';
import { readRecords } from './csvRecords.js';
import { Table } from './csvTable.js';
import { type Growing, growingFloats } from './growing.js';
import { numberReader } from './numberCells.js';

export type { CsvOptions, CsvTable, CsvValues, TargetKind };

/**
 * Reads a CSV file, gzipped or not. Every problem is an error that names the file, the row (its 1-based line) and the
 * column: a cell that is no number or is missing, a ragged row, a label out of range, an empty or unreadable file. The first
 * ten problems of rows are told at once.
 */
export async function readCsv(path: string | URL, options: CsvOptions = {}): Promise<CsvTable> {
  return readTable(givenPath(path), options, growingFloats());
}

/** The same with the features in numbers of a chosen precision. */
export async function readTable<X extends Float32Array | Float64Array>(
  path: string,
  options: CsvOptions,
  features: Growing<X>,
): Promise<CsvTable<X>> {
  const { skipRows = 0, delimiter = ',', header } = options;
  const read = numberReader(options);
  let table: Table<X> | undefined;
  await readRecords(path, { skipRows, delimiter }, (line, cells) => {
    if (table !== undefined) return table.add(line, cells);
    table = new Table(path, planColumns(path, cells, header, options, read), options, features);
    if (header === false) table.add(line, cells);
  });
  if (table !== undefined && !table.isEmpty) return table.finish();
  const what = table === undefined ? 'is empty' : 'has a header but no rows';
  throw userError('CSV_EMPTY', `${path} ${what}; give at least one row of data.`);
}
