import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from '@duckdb/node-api';

import { optionalModule } from '../../../../shared/modules.js';
import type { RowSink, WantedColumn } from './source.js';

const ENGINE = '@duckdb/node-api';

/** Whether the optional package can be loaded. */
export async function hasEngine(): Promise<boolean> {
  return import('@duckdb/node-api').then(
    () => true,
    () => false,
  );
}

/** More than reading a table gains from. */
const MOST_THREADS = 8;

/** One column of a query: its expression in SQL, and what comes out. */
export interface Selected {
  readonly sql: string;
  readonly as: WantedColumn['as'];
}

/** A DuckDB in this process, in memory. It loads and downloads nothing. */
export class Database {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  #isClosed = false;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.#instance = instance;
    this.#connection = connection;
  }

  /** `what`: what is to be read, for the sentence where the package is missing. */
  static async open(what: string): Promise<Database> {
    const duckdb = await optionalModule(ENGINE, `${what} is read`, () => import('@duckdb/node-api'));
    const instance = await duckdb.DuckDBInstance.create(':memory:', {
      threads: String(Math.min(availableParallelism(), MOST_THREADS)),
      temp_directory: join(tmpdir(), `lockstep-tables-${process.pid}`),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    return new Database(instance, await instance.connect());
  }

  /** All rows of a small result. */
  async rows(sql: string): Promise<unknown[][]> {
    const reader = await this.#connection.runAndReadAll(sql);
    return reader.getRowsJS() as unknown[][];
  }

  async run(sql: string): Promise<void> {
    await this.#connection.run(sql);
  }

  /**
   * Streams the columns of `from` in its order. A stream of DuckDB that fails ends as if it were complete, so a row of its own stands
   * behind the last: where it does not come, the table was cut short. Returns the number of rows, null where it was.
   */
  async stream(from: string, selected: readonly Selected[], sink: RowSink): Promise<number | null> {
    sink.begin();
    const columns = selected.map(
      ({ sql, as }, i) => `${as === 'number' ? `coalesce(${sql}, 'nan'::double)` : `coalesce(${sql}, '')`} as c${i}`,
    );
    const last = selected.map(({ as }) => (as === 'number' ? '0::double' : "''"));
    const sql = `select ${[...columns, 'false as is_last'].join(', ')} from ${from} union all select ${[...last, 'true'].join(', ')}`;
    const result = await this.#connection.stream(sql);
    return drain(result, selected, sink);
  }

  /** Adds rows to a table, column by column. */
  async append(table: string, columns: readonly (readonly string[] | Float32Array)[]): Promise<void> {
    const appender = await this.#connection.createAppender(table);
    const rows = columns[0]?.length ?? 0;
    for (let row = 0; row < rows; row++) {
      for (const column of columns) {
        if (column instanceof Float32Array) appender.appendFloat(column[row]);
        else appender.appendVarchar(column[row]);
      }
      appender.endRow();
    }
    appender.closeSync();
  }

  /** May be called again. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.closeSync();
    this.#instance.closeSync();
  }
}

async function drain(result: DuckDBResult, selected: readonly Selected[], sink: RowSink): Promise<number | null> {
  let rows = 0;
  let isWhole = false;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return isWhole ? rows : null;
    const isEnd = chunk.getColumnVector(selected.length).getItem(chunk.rowCount - 1) === true;
    const count = chunk.rowCount - (isEnd ? 1 : 0);
    const columns = selected.map(({ as }, i) => {
      const vector = chunk.getColumnVector(i);
      return as === 'number' ? numbersOf(vector) : textsOf(vector, count);
    });
    if (count > 0) sink.add({ rows: count, columns });
    rows += count;
    isWhole = isEnd;
  }
}

/** Nothing is null: `coalesce` sees to that, as `items` holds numbers of other rows there. */
function numbersOf(vector: unknown): Float64Array {
  return (vector as { items: Float64Array }).items;
}

function textsOf(vector: { getItem(row: number): unknown }, rows: number): string[] {
  const texts = new Array<string>(rows);
  for (let row = 0; row < rows; row++) texts[row] = (vector.getItem(row) as string).trim();
  return texts;
}

/** A text in SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name in SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
