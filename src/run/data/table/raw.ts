import type { RowBatch, RowSink, TableSource, WantedColumn } from './source/source.js';

/** A column as it was read, before anything is learned from it. */
export type RawColumn =
  /** NaN where it is missing. */
  | { readonly as: 'number'; readonly values: Float64Array }
  /** A text is `texts[codes[row]]`; texts stand in the order in which they were met. */
  | { readonly as: 'text'; readonly codes: Int32Array; readonly texts: readonly string[] };

export interface RawTable {
  readonly rows: number;
  /** As they were wanted, in that order. */
  readonly columns: readonly RawColumn[];
}

/** Reads the wanted columns of all rows. */
export async function readRaw(source: TableSource, wanted: readonly WantedColumn[]): Promise<RawTable> {
  const growing = wanted.map(({ as }) => (as === 'number' ? new GrowingNumbers() : new GrowingTexts()));
  const sink: RowSink = {
    begin() {
      for (const column of growing) column.clear();
    },
    add({ rows, columns }: RowBatch) {
      for (const [i, column] of growing.entries()) column.add(columns[i] as never, rows);
    },
  };
  const rows = await source.scan(wanted, sink);
  return { rows, columns: growing.map((column) => column.join(rows)) };
}

class GrowingNumbers {
  #parts: Float64Array[] = [];

  clear(): void {
    this.#parts = [];
  }

  add(values: Float64Array, rows: number): void {
    this.#parts.push(values.slice(0, rows));
  }

  join(rows: number): RawColumn {
    const values = new Float64Array(rows);
    let at = 0;
    for (const part of this.#parts) {
      values.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    return { as: 'number', values };
  }
}

class GrowingTexts {
  readonly #numbers = new Map<string, number>();
  #parts: Int32Array[] = [];

  clear(): void {
    this.#numbers.clear();
    this.#parts = [];
  }

  add(texts: readonly string[], rows: number): void {
    const codes = new Int32Array(rows);
    for (let row = 0; row < rows; row++) {
      const text = texts[row];
      let code = this.#numbers.get(text);
      if (code === undefined) {
        code = this.#numbers.size;
        this.#numbers.set(text, code);
      }
      codes[row] = code;
    }
    this.#parts.push(codes);
  }

  join(rows: number): RawColumn {
    const codes = new Int32Array(rows);
    let at = 0;
    for (const part of this.#parts) {
      codes.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    return { as: 'text', codes, texts: [...this.#numbers.keys()] };
  }
}
