/** What `inspect FILE` tells of data before anything is trained: plain values, which `--json` writes as they are. */
export interface Survey {
  /** What the data are, in words: "CSV table", "folder of pictures". */
  readonly kind: string;
  /** What is known of the whole, by name, in the order to show: rows, delimiter, shape. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** Columns, arrays of a file, or whatever the data consist of. */
  readonly fields: readonly FieldSurvey[];
  /** The first rows as texts, one text a name; absent where rows are no texts. */
  readonly head?: { readonly names: readonly string[]; readonly rows: readonly (readonly string[])[] };
}

/** One field of the data, over all rows. */
export interface FieldSurvey {
  readonly name: string;
  /** What its values are, in words: "number", "category", "date (DD.MM.YYYY)", "float32 [28, 28]". */
  readonly type: string;
  /** Rows without a value. */
  readonly missing?: number;
  /** Different values; absent where they were not counted. */
  readonly distinct?: number;
  /** From where to where they go, in words. */
  readonly range?: string;
  /** Values and how many rows have each, the most frequent first; at most twenty. Class balance, where they are classes. */
  readonly values?: readonly ValueCount[];
  /** What a reader should know: "one value a row: an identifier". */
  readonly remark?: string;
}

export interface ValueCount {
  readonly value: string;
  readonly rows: number;
}
