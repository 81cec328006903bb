import { readRecords } from '../../../../coordinator/data/csvRecords.js';
import { columnInWords } from '../../../../coordinator/data/csvTable.js';
import { isMissing, numberReader } from '../../../../coordinator/data/numberCells.js';
import { noNumber, ragged, TableProblems } from '../../../../coordinator/data/tableProblems.js';
import type { Dialect, RowPlace, RowSink, SourceColumn, TableSource, WantedColumn } from './source.js';

const BATCH = 4096;

/**
 * A CSV file through the reader that says what is right: it knows the line of every cell, and the other one is held to it. It is
 * slow, so it reads what that cannot, and what is to be told.
 */
export function plainCsv(path: string, columns: readonly SourceColumn[], dialect: Dialect): TableSource {
  return {
    path,
    kind: 'CSV table',
    columns,
    dialect,
    scan: (wanted, sink) => scan(path, columns, dialect, wanted, sink),
    locate: (rows) => locate(path, dialect, rows),
    close: async () => {},
  };
}

async function scan(
  path: string,
  columns: readonly SourceColumn[],
  dialect: Dialect,
  wanted: readonly WantedColumn[],
  sink: RowSink,
): Promise<number> {
  const problems = new TableProblems(path);
  const read = numberReader(dialect);
  const number = (line: number, index: number, cell: string): number => {
    const value = read(cell);
    if (Number.isFinite(Math.fround(value)) || isMissing(cell)) return value;
    problems.add(noNumber({ line, column: columnInWords(columns[index].name, dialect.header) }, cell, value));
    return Number.NaN;
  };
  const batch = wanted.map(({ as }) => (as === 'number' ? new Float64Array(BATCH) : new Array<string>(BATCH).fill('')));
  sink.begin();
  let rows = 0;
  let filled = 0;
  const flush = (): void => {
    if (filled > 0) sink.add({ rows: filled, columns: batch });
    filled = 0;
  };
  await readRows(path, dialect, (line, cells) => {
    rows++;
    if (cells.length !== columns.length) return problems.add(ragged(line, cells.length, columns.length));
    wanted.forEach(({ index, as }, i) => {
      batch[i][filled] = as === 'number' ? number(line, index, cells[index]) : cells[index].trim();
    });
    if (++filled === BATCH) flush();
  });
  problems.throwIfAny();
  flush();
  return rows;
}

async function locate(path: string, dialect: Dialect, rows: readonly number[]): Promise<RowPlace[]> {
  const places: RowPlace[] = [];
  let row = 0;
  await readRows(path, dialect, (line) => {
    if (rows[places.length] === row++) places.push({ path, line });
  });
  return places;
}

/** The records behind the header. */
async function readRows(
  path: string,
  { skipRows, delimiter, header }: Dialect,
  onRow: (line: number, cells: readonly string[]) => void,
): Promise<void> {
  let isHeader = header;
  await readRecords(path, { skipRows, delimiter }, (line, cells) => {
    if (isHeader) isHeader = false;
    else onRow(line, cells);
  });
}
