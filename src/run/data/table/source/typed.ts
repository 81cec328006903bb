import { quoted } from '../../../../coordinator/data/quoted.js';
import { noNumber, TableProblems } from '../../../../coordinator/data/tableProblems.js';
import { userError } from '../../../../shared/errors.js';
import { firstLine } from '../../../../shared/files.js';
import { type Database, identifier, literal, type Selected } from './database.js';
import { numberOrMissing } from './quickCsv.js';
import type { ColumnType, RowBatch, RowSink, SourceColumn, TableSource, WantedColumn } from './source.js';

/** A column of a table that has types of its own. */
interface TypedColumn extends SourceColumn {
  /** Its type in DuckDB. */
  readonly sqlType: string;
}

/** A Parquet file. Dictionaries come as texts, decimals as numbers. */
export async function parquetTable(database: Database, path: string): Promise<TableSource> {
  const from = `read_parquet(${literal(path)})`;
  const columns = await describe(database, path, from);
  return typedTable(database, { path, kind: 'Parquet table', from, columns });
}

/** JSON objects, one a line or in one list. Whole numbers and dates are read as they are written: DuckDB rounds and guesses. */
export async function jsonTable(database: Database, path: string): Promise<TableSource> {
  const options = "format = 'auto', sample_size = -1, maximum_object_size = 67108864";
  const found = await describe(database, path, `read_json(${literal(path)}, ${options})`);
  const columns = found.map(({ name, type, isWhole = false }): TypedColumn => {
    if (type === 'number') return { name, type, isWhole, sqlType: isWhole ? 'VARCHAR' : 'DOUBLE' };
    return type === 'boolean' ? { name, type, sqlType: 'BOOLEAN' } : { name, type: 'text', sqlType: 'VARCHAR' };
  });
  const types = columns.map(({ name, sqlType }) => `${literal(name)}: ${literal(sqlType)}`).join(', ');
  const from = `read_json(${literal(path)}, format = 'auto', maximum_object_size = 67108864, columns = {${types}})`;
  return typedTable(database, { path, kind: 'JSON table', from, columns });
}

interface TypedTable {
  readonly path: string;
  readonly kind: string;
  readonly from: string;
  readonly columns: readonly TypedColumn[];
}

export function typedTable(database: Database, { path, kind, from, columns }: TypedTable): TableSource {
  return {
    path,
    kind,
    columns: columns.map(({ name, type, isWhole = false }) => ({ name, type, isWhole })),
    scan: (wanted, sink) => scan(database, { path, kind, from, columns }, wanted, sink),
    locate: async (rows) => rows.map((row) => ({ path, line: row + 1 })),
    close: () => database.close(),
  };
}

/** The columns of a table, and what DuckDB calls their types. */
export async function describe(database: Database, path: string, from: string): Promise<TypedColumn[]> {
  const rows = await database.rows(`describe select * from ${from}`).catch((error) => {
    throw unreadable(path, error);
  });
  return rows.map(([name, sqlType]) => ({
    name: String(name),
    sqlType: String(sqlType),
    type: typeOf(String(sqlType)),
    isWhole: WHOLE.test(String(sqlType)),
  }));
}

const NUMBERS = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(.*\))$/;
/** Of more than 53 bits. */
const WHOLE = /^(U?(BIGINT|HUGEINT)|DECIMAL\(\d+,0\))$/;

function typeOf(sqlType: string): ColumnType {
  if (NUMBERS.test(sqlType)) return 'number';
  if (sqlType === 'BOOLEAN') return 'boolean';
  return /^(DATE|TIMESTAMP)/.test(sqlType) ? 'time' : 'text';
}

async function scan(
  database: Database,
  table: TypedTable,
  wanted: readonly WantedColumn[],
  sink: RowSink,
): Promise<number> {
  const { path, from, columns } = table;
  const selected = wanted.map(({ index, as }): Selected => ({ as, sql: expression(columns[index], as) }));
  const watch = new InfiniteRows(sink, wanted);
  const rows = await database.stream(from, selected, watch).catch((error) => {
    throw unreadable(path, error);
  });
  if (rows === null) throw await cutShort(database, path, from, selected);
  if (watch.found.length > 0) await tellBadNumbers(database, table, watch.found);
  return rows;
}

function expression({ name, type, sqlType }: TypedColumn, as: WantedColumn['as']): string {
  const column = identifier(name);
  if (as === 'text') {
    if (type === 'number' && sqlType === 'VARCHAR') return wholeOrShortest(column);
    return /^(FLOAT|DOUBLE)$/.test(sqlType) ? shortest(column) : `${column}::varchar`;
  }
  if (type === 'text') return numberOrMissing(column);
  if (type === 'boolean') return `${column}::int::double`;
  if (type === 'number') return `${column}::double`;
  return sqlType.includes('TIME ZONE') ? `epoch_us(${column}) / 1e6` : `epoch_us(${column}::timestamp) / 1e6`;
}

/** 3 for 3.0, as other files write it. */
function shortest(column: string): string {
  return `case when ${column} = trunc(${column}) and abs(${column}) < 1e15 then ${column}::bigint::varchar else ${column}::varchar end`;
}

/** A whole number digit by digit, from its text. */
function wholeOrShortest(column: string): string {
  return `case when regexp_full_match(${column}, '-?[0-9]+') then ${column} else ${shortest(`${column}::double`)} end`;
}

interface BadNumber {
  readonly row: number;
  readonly index: number;
}

const MOST_TOLD = 10;

/** Passes rows on, and notes where numbers are infinite: they are none, or texts that are none. */
class InfiniteRows implements RowSink {
  readonly found: BadNumber[] = [];
  readonly #sink: RowSink;
  readonly #wanted: readonly WantedColumn[];
  #rows = 0;

  constructor(sink: RowSink, wanted: readonly WantedColumn[]) {
    this.#sink = sink;
    this.#wanted = wanted;
  }

  begin(): void {
    this.#sink.begin();
  }

  add(batch: RowBatch): void {
    for (const [i, column] of batch.columns.entries()) {
      if (column instanceof Float64Array) this.#note(column, batch.rows, this.#wanted[i].index);
    }
    this.#rows += batch.rows;
    this.#sink.add(batch);
  }

  #note(values: Float64Array, rows: number, index: number): void {
    for (let row = 0; row < rows && this.found.length < MOST_TOLD; row++) {
      if (!Number.isNaN(values[row]) && !Number.isFinite(Math.fround(values[row])))
        this.found.push({ row: this.#rows + row, index });
    }
  }
}

async function tellBadNumbers(
  database: Database,
  { path, from, columns }: TypedTable,
  found: readonly BadNumber[],
): Promise<void> {
  const problems = new TableProblems(path);
  for (const { row, index } of found) {
    const { name } = columns[index];
    const [[text]] = await database.rows(`select ${identifier(name)}::varchar from ${from} limit 1 offset ${row}`);
    problems.add(noNumber({ line: row + 1, column: `column ${quoted(name)}` }, String(text), Number(text)));
  }
  problems.throwIfAny();
}

/** A stream that failed does not say why; the same work in one piece does. */
async function cutShort(database: Database, path: string, from: string, selected: readonly Selected[]): Promise<Error> {
  const counts = selected.map(({ sql }) => `count(${sql})`).join(', ');
  const error = await database.rows(`select ${counts} from ${from}`).then(
    () => new Error('it was cut short while it was read'),
    (failed: unknown) => failed,
  );
  return unreadable(path, error);
}

export function unreadable(path: string, error: unknown): Error {
  const said = firstLine(error).replace(
    /^(Invalid Input|IO|Binder|Conversion|Invalid|Catalog|Parser|Not implemented) Error: /,
    '',
  );
  const sentence = said.replace(/[\s.]+$/, '');
  return userError(
    'TABLE_UNREADABLE',
    `${path} cannot be read as a table: ${sentence}; mend the file, or give another.`,
    error,
  );
}
