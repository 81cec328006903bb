import type { NumberFormat } from '../../../../coordinator/data/numberCells.js';

/** What a table itself says of a column: texts are whatever a file without types holds. */
export type ColumnType = 'text' | 'number' | 'boolean' | 'time';

export interface SourceColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** Of numbers that are whole and may go beyond 2^53: as text they are exact, as numbers rounded. */
  readonly isWhole?: boolean;
}

/**
 * A column as it is wanted. `number`: NaN where it is missing; booleans are 0 and 1, times seconds since 1970 in UTC. `text`: as it
 * is written, without blanks around it; empty where there is nothing.
 */
export interface WantedColumn {
  /** Its place among the columns of the table. */
  readonly index: number;
  readonly as: 'number' | 'text';
}

/** Some rows of the wanted columns, in their order. The arrays are used again for the next rows. */
export interface RowBatch {
  readonly rows: number;
  readonly columns: readonly (Float64Array | readonly string[])[];
}

/** Who takes the rows. */
export interface RowSink {
  /** The rows come from the first: those that came before are void. */
  begin(): void;
  add(batch: RowBatch): void;
}

/** How a table of text is cut into cells, and how it writes numbers. */
export interface Dialect extends NumberFormat {
  readonly delimiter: string;
  /** Lines to pass over at the start. */
  readonly skipRows: number;
  readonly header: boolean;
}

/** A row for messages: its file, and its 1-based line there, or the 1-based number of the record where there are no lines. */
export interface RowPlace {
  readonly path: string;
  readonly line: number;
}

/** Rows in a fixed order, which may be gone through more than once. */
export interface TableSource {
  /** As the user named it. */
  readonly path: string;
  /** What it is, in words: "CSV table". */
  readonly kind: string;
  readonly columns: readonly SourceColumn[];
  /** Of a table of text. */
  readonly dialect?: Dialect;
  /**
   * Goes through all rows, and returns how many there are. A cell that is no number, a row that is not whole, a table cut short:
   * all are errors with a code, which name the row and the column.
   */
  scan(wanted: readonly WantedColumn[], sink: RowSink): Promise<number>;
  /** Where some rows stand, which are in ascending order. */
  locate(rows: readonly number[]): Promise<RowPlace[]>;
  close(): Promise<void>;
}
