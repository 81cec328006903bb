import { isMissing, numberReader } from '../../../../coordinator/data/numberCells.js';
import { dateReader } from '../features/dates.js';
import { booleanOf } from '../features/numeric.js';
import type { RowSink, SourceColumn, TableSource } from '../source/source.js';

/** The forms of dates that are looked for, the unmistakable first. */
export const DATE_FORMATS = [
  'YYYY-MM-DD',
  'YYYY/MM/DD',
  'DD.MM.YYYY',
  'DD/MM/YYYY',
  'MM/DD/YYYY',
  'DD-MM-YYYY',
  'MM-DD-YYYY',
  'DD.MM.YY',
  'DD/MM/YY',
  'MM/DD/YY',
];

/** Values of a column that are counted one by one; of more it is only known that they are more. */
const MOST_COUNTED = 10_000;

/** The first rows that are kept as they are. */
const FIRST_ROWS = 5;

/** What all rows of a column show. */
export interface ColumnFacts extends SourceColumn {
  readonly rows: number;
  readonly missing: number;
  /** Cells that are numbers. */
  readonly numbers: number;
  readonly integers: number;
  readonly least: number;
  readonly greatest: number;
  /** Numbers written with a zero in front, such as 007: codes. */
  readonly codes: number;
  /** Whether every value is a word for yes or no. */
  readonly isBoolean: boolean;
  /** The forms that fit every value; none where one is no date. */
  readonly dateFormats: readonly string[];
  /** Values and their rows, the most frequent first; undefined where there are too many to count. */
  readonly values?: readonly (readonly [value: string, rows: number])[];
  /** Words of all values together. */
  readonly words: number;
  /** Every number is one more than that of the row before. */
  readonly isCounting: boolean;
  /** Whole numbers beyond 2^53 that differ, and would not as numbers of float64. */
  readonly isBeyondNumbers: boolean;
  readonly first: readonly string[];
}

/** Goes through all rows and all columns of a table; nothing is taken from a part of it alone. */
export async function surveyColumns(source: TableSource): Promise<ColumnFacts[]> {
  const makers = source.columns.map((column) =>
    column.type === 'text' ? new TextFacts(column, source) : new NumberFacts(column),
  );
  const wanted = source.columns.map(({ type }, index) => ({ index, as: type === 'text' ? 'text' : 'number' }) as const);
  const sink: RowSink = {
    begin() {
      for (const maker of makers) maker.clear();
    },
    add({ rows, columns }) {
      for (const [i, maker] of makers.entries()) maker.add(columns[i] as never, rows);
    },
  };
  const rows = await source.scan(wanted, sink);
  return exactly(
    source,
    makers.map((maker) => maker.facts(rows)),
  );
}

/** Whole numbers that are too great for a float64 are counted once more, as texts. */
async function exactly(source: TableSource, facts: readonly ColumnFacts[]): Promise<ColumnFacts[]> {
  const places = [...facts.keys()].filter((index) => {
    const { isWhole, least, greatest } = facts[index];
    return isWhole && Math.max(-least, greatest) > Number.MAX_SAFE_INTEGER;
  });
  if (places.length === 0) return [...facts];
  const makers = places.map(() => new WholeFacts());
  await source.scan(
    places.map((index) => ({ index, as: 'text' })),
    {
      begin() {
        for (const maker of makers) maker.clear();
      },
      add({ rows, columns }) {
        for (const [i, maker] of makers.entries()) maker.add(columns[i] as readonly string[], rows);
      },
    },
  );
  return facts.map((column, index) => {
    const maker = makers[places.indexOf(index)];
    if (maker === undefined) return column;
    const { values: _, ...rest } = column;
    return { ...rest, ...maker.facts(column.values) };
  });
}

class Counted<T> {
  #counts = new Map<T, number>();
  isComplete = true;

  /** The number of rows that had it before. */
  add(value: T): number {
    const before = this.#counts.get(value);
    if (before === undefined && this.#counts.size >= MOST_COUNTED) {
      this.isComplete = false;
      return 0;
    }
    this.#counts.set(value, (before ?? 0) + 1);
    return before ?? 0;
  }

  sorted(): (readonly [string, number])[] {
    return [...this.#counts]
      .map(([value, rows]) => [String(value), rows] as const)
      .sort(([a, rows], [b, others]) => others - rows || (a < b ? -1 : 1));
  }
}

/** What numbers show, however they came. */
class NumberTally {
  numbers = 0;
  integers = 0;
  least = Number.POSITIVE_INFINITY;
  greatest = Number.NEGATIVE_INFINITY;
  isCounting = true;
  #last = Number.NaN;

  add(value: number): void {
    this.numbers++;
    if (Number.isInteger(value)) this.integers++;
    if (value < this.least) this.least = value;
    if (value > this.greatest) this.greatest = value;
    if (this.numbers > 1 && value !== this.#last + 1) this.isCounting = false;
    this.#last = value;
  }

  facts() {
    const { numbers, integers, least, greatest, isCounting } = this;
    return { numbers, integers, least, greatest, isCounting: isCounting && numbers > 1 };
  }
}

class NumberFacts {
  readonly #column: SourceColumn;
  #tally = new NumberTally();
  #values = new Counted<number>();
  #missing = 0;
  #first: string[] = [];

  constructor(column: SourceColumn) {
    this.#column = column;
  }

  clear(): void {
    this.#tally = new NumberTally();
    this.#values = new Counted();
    this.#missing = 0;
    this.#first = [];
  }

  add(values: Float64Array, rows: number): void {
    for (let row = 0; row < rows; row++) {
      const value = values[row];
      if (this.#first.length < FIRST_ROWS) this.#first.push(this.#shown(value));
      if (Number.isNaN(value)) {
        this.#missing++;
        continue;
      }
      this.#tally.add(value);
      if (this.#values.isComplete) this.#values.add(value);
    }
  }

  facts(rows: number): ColumnFacts {
    return {
      ...{ ...this.#column, ...this.#tally.facts(), rows, missing: this.#missing },
      ...{ codes: 0, isBoolean: this.#column.type === 'boolean', dateFormats: [], words: 0, first: this.#first },
      isBeyondNumbers: false,
      ...(this.#values.isComplete && { values: this.#values.sorted() }),
    };
  }

  #shown(value: number): string {
    if (Number.isNaN(value)) return '';
    const { type } = this.#column;
    if (type === 'time') return new Date(value * 1000).toISOString();
    return type === 'boolean' ? String(value === 1) : String(value);
  }
}

/** What whole numbers show beyond 2^53, digit by digit. */
class WholeFacts {
  #values = new Counted<string>();
  #first: string[] = [];
  #isCounting = true;
  #last: bigint | undefined;

  clear(): void {
    this.#values = new Counted();
    this.#first = [];
    this.#isCounting = true;
    this.#last = undefined;
  }

  add(texts: readonly string[], rows: number): void {
    for (let row = 0; row < rows; row++) {
      const text = texts[row];
      if (this.#first.length < FIRST_ROWS) this.#first.push(text);
      if (text === '') continue;
      if (this.#values.isComplete) this.#values.add(text);
      if (this.#isCounting) this.#count(text);
    }
  }

  /** `rounded` are the values as numbers. */
  facts(rounded: ColumnFacts['values']): Pick<ColumnFacts, 'values' | 'first' | 'isCounting' | 'isBeyondNumbers'> {
    const values = this.#values.isComplete ? this.#values.sorted() : undefined;
    return {
      ...{ first: this.#first, isCounting: this.#isCounting, isBeyondNumbers: values?.length !== rounded?.length },
      ...(values !== undefined && { values }),
    };
  }

  #count(text: string): void {
    const value = /^-?\d+$/.test(text) ? BigInt(text) : undefined;
    if (value === undefined || (this.#last !== undefined && value !== this.#last + 1n)) this.#isCounting = false;
    this.#last = value;
  }
}

class TextFacts {
  readonly #column: SourceColumn;
  readonly #read: (cell: string) => number;
  readonly #readers = DATE_FORMATS.map((format) => ({ format, read: dateReader(format) }));
  #tally = new NumberTally();
  #values = new Counted<string>();
  #formats = this.#readers;
  #missing = 0;
  #codes = 0;
  #words = 0;
  #isBoolean = true;
  #first: string[] = [];

  constructor(column: SourceColumn, { dialect }: Pick<TableSource, 'dialect'>) {
    this.#column = column;
    this.#read = numberReader(dialect);
  }

  clear(): void {
    this.#tally = new NumberTally();
    this.#values = new Counted();
    this.#formats = this.#readers;
    this.#missing = 0;
    this.#codes = 0;
    this.#words = 0;
    this.#isBoolean = true;
    this.#first = [];
  }

  add(texts: readonly string[], rows: number): void {
    for (let row = 0; row < rows; row++) {
      const text = texts[row];
      if (this.#first.length < FIRST_ROWS) this.#first.push(text);
      if (isMissing(text)) this.#missing++;
      else this.#addValue(text);
    }
  }

  #addValue(text: string): void {
    const value = this.#read(text);
    if (Number.isFinite(value)) this.#tally.add(value);
    if (/^0\d/.test(text)) this.#codes++;
    // What a text is has to be found out once.
    if (this.#values.add(text) > 0) return;
    if (this.#isBoolean && Number.isNaN(booleanOf(text))) this.#isBoolean = false;
    this.#formats = this.#formats.filter(({ read }) => !Number.isNaN(read(text)));
    this.#words += text.split(/\s+/, 50).length;
  }

  facts(rows: number): ColumnFacts {
    const known = rows - this.#missing;
    return {
      ...{ ...this.#column, ...this.#tally.facts(), rows, missing: this.#missing, codes: this.#codes },
      ...{ isBoolean: this.#isBoolean && known > 0, words: this.#words, first: this.#first },
      isBeyondNumbers: false,
      dateFormats: known === 0 ? [] : this.#formats.map(({ format }) => format),
      ...(this.#values.isComplete && { values: this.#values.sorted() }),
    };
  }
}
