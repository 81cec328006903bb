import { missingWords, type NumberFormat, numberPattern } from '../../../../coordinator/data/numberCells.js';
import { sizeOfFile } from '../../../../shared/files.js';
import { type Database, literal, type Selected } from './database.js';
import { plainCsv } from './plainCsv.js';
import type { Dialect, RowBatch, RowSink, SourceColumn, TableSource, WantedColumn } from './source.js';

/**
 * A CSV file through DuckDB, which is told the dialect and reads every cell as text: it decides nothing. Where it meets anything that
 * is not plainly right, the plain reader reads the file and says what is wrong, or that nothing is.
 */
export function quickCsv(
  database: Database,
  path: string,
  columns: readonly SourceColumn[],
  dialect: Dialect,
): TableSource {
  const plain = plainCsv(path, columns, dialect);
  // DuckDB passes over rows behind a header whose names hold line ends.
  let isQuick = !(dialect.header && columns.some(({ name }) => /[\r\n]/.test(name)));
  return {
    ...plain,
    async scan(wanted, sink) {
      if (isQuick) {
        const rows = await quickScan(database, path, columns.length, dialect, wanted, sink).catch(() => null);
        // No rows are few enough to be looked for once more.
        if (rows !== null && rows > 0) return rows;
      }
      isQuick = false;
      return plain.scan(wanted, sink);
    },
    close: () => database.close(),
  };
}

/** Null where the file is for the plain reader: a row that is not whole, quotes, encodings or line ends that are not as they should be. */
async function quickScan(
  database: Database,
  path: string,
  width: number,
  dialect: Dialect,
  wanted: readonly WantedColumn[],
  sink: RowSink,
): Promise<number | null> {
  // An empty line of a single column is a row to DuckDB and none to us.
  if (width === 1) return null;
  const watch = new Watch(sink, await mostRows(path, width));
  const selected = wanted.map(({ index, as }): Selected => {
    return { as, sql: as === 'text' ? `c${index}` : numberFromText(`c${index}`, dialect) };
  });
  const from = readCsv(path, width, dialect);
  const rows = await database.stream(from, selected, watch);
  if (rows === null || !watch.isPlain) return null;
  const suspects = watch.suspects.map((i) => `c${wanted[i].index}`);
  if (suspects.length > 0 && (await hasBadNumbers(database, from, suspects, dialect))) return null;
  const [[rejects]] = await database.rows('select count(*) from reject_errors');
  return Number(rejects) === 0 ? rows : null;
}

/** Whether a cell is no number and does not say that its value is missing. Few columns have such words, so they are looked at again. */
async function hasBadNumbers(
  database: Database,
  from: string,
  cells: readonly string[],
  format: NumberFormat,
): Promise<boolean> {
  const isBad = cells.map((cell) => `(${numberFromText(cell, format)} = 'inf'::double and not ${isMissingWord(cell)})`);
  const [[bad]] = await database.rows(`select count(*) from ${from} where ${isBad.join(' or ')}`);
  return Number(bad) > 0;
}

const MOST_UNPACKED = 64;
const LEAST_UNPACKED = 1 << 20;

/** A cell takes a byte at least, so a packed file of more rows unpacks to more than the plain reader allows. */
async function mostRows(path: string, width: number): Promise<number> {
  const bytes = await sizeOfFile(path);
  return (MOST_UNPACKED * bytes + LEAST_UNPACKED) / width;
}

/** Passes rows on while all numbers are within float32. Infinity stands for a cell that is no number: it goes on as missing. */
class Watch implements RowSink {
  readonly #sink: RowSink;
  readonly #most: number;
  readonly #suspects = new Set<number>();
  #rows = 0;
  isPlain = true;

  constructor(sink: RowSink, most: number) {
    this.#sink = sink;
    this.#most = most;
  }

  /** Columns with cells that are no numbers, by their places among those that are wanted. */
  get suspects(): number[] {
    return [...this.#suspects];
  }

  begin(): void {
    this.#sink.begin();
  }

  add(batch: RowBatch): void {
    this.#rows += batch.rows;
    if (this.#rows > this.#most) throw new Error('more rows than a file of that size can have');
    for (const [i, column] of batch.columns.entries()) {
      if (column instanceof Float64Array) this.#look(column, batch.rows, i);
    }
    if (this.isPlain) this.#sink.add(batch);
  }

  #look(values: Float64Array, rows: number, place: number): void {
    for (let row = 0; row < rows; row++) {
      if (!(Math.abs(values[row]) >= BEYOND_FLOAT32)) continue;
      if (values[row] !== Number.POSITIVE_INFINITY) this.isPlain = false;
      values[row] = Number.NaN;
      this.#suspects.add(place);
    }
  }
}

/** The least number that float32 rounds to Infinity. */
const BEYOND_FLOAT32 = 2 ** 128 - 2 ** 103;

function readCsv(path: string, width: number, { delimiter, skipRows, header }: Dialect): string {
  const columns = Array.from({ length: width }, (_, i) => `c${i}: 'VARCHAR'`).join(', ');
  const options = [
    'auto_detect = false',
    `header = ${header}`,
    `skip = ${skipRows}`,
    `delim = ${literal(delimiter)}`,
    `quote = '"', escape = '"'`,
    `columns = {${columns}}`,
    'store_rejects = true',
    'rejects_limit = 1',
  ];
  return `read_csv(${literal(path)}, ${options.join(', ')})`;
}

const MISSING = missingWords.map(literal).join(', ');

/** NaN where a cell is empty, Infinity where it is no number: either it is wrong, or it is a word for a missing one. */
function numberFromText(cell: string, format: NumberFormat): string {
  const isBare = (format.decimal ?? '.') === '.' && format.thousands === undefined;
  const value = isBare ? bareNumber(cell) : formattedNumber(cell, format);
  return `coalesce(${value}, case when ${cell} is null then 'nan'::double else 'inf'::double end)`;
}

/** Whether a cell says that its value is missing, in SQL. */
function isMissingWord(cell: string): string {
  return `(${cell} is null or lower(trim(${cell})) in (${MISSING}))`;
}

/** As a cell of a table that is small enough to look at each: NaN for every word that says that a value is missing. */
export function numberOrMissing(cell: string): string {
  return `case when ${isMissingWord(cell)} then 'nan'::double else ${numberFromText(cell, {})} end`;
}

/** DuckDB takes what we do, and `1_000` beside. */
function bareNumber(cell: string): string {
  return `try_cast(case when contains(${cell}, '_') then null else ${cell} end as double)`;
}

function formattedNumber(cell: string, { decimal = '.', thousands, ...rest }: NumberFormat): string {
  const marks = thousands === ' ' ? [' ', '\u00a0', '\u202f'] : [thousands ?? []].flat();
  const digits = marks.reduce((sql, mark) => `replace(${sql}, ${literal(mark)}, '')`, `trim(${cell})`);
  const plain = decimal === '.' ? digits : `replace(${digits}, ',', '.')`;
  const pattern = numberPattern({ ...rest, decimal, ...(thousands !== undefined && { thousands }) });
  return `case when regexp_full_match(trim(${cell}), ${literal(pattern)}) then try_cast(${plain} as double) end`;
}
