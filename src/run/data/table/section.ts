import { z } from 'zod';
import { flag, section, text, wholeNumber } from '../../../coordinator/options/fields.js';
import { csvSection } from '../csv/section.js';
import { dateParts, isDateFormat } from './features/dates.js';

const { header, skipRows, delimiter, decimal, thousands, label, classes, oneHot, shuffle } = csvSection.shape;

const fileRule = 'the path of a table, such as a .csv, .tsv or .csv.gz file';
const columnRule =
  'number, category, boolean, date, text or ignore, or one of them with its options: { kind: number, missing: median }';
const formatRule = 'the form of a date, of YYYY or YY, MM, DD, hh, mm and ss, such as DD/MM/YYYY';
const partsRule = `a list of ${dateParts.join(', ')}`;
const missingRule = (names: readonly string[]): string => `one of ${names.join(', ')}`;

/** What becomes of rows without a value: an error, left out, or filled in from the training rows. */
function missing<const T extends readonly [string, ...string[]]>(names: T) {
  return z.enum(names, { error: missingRule(names) }).exactOptional();
}

const numeric = {
  missing: missing(['error', 'drop', 'mean', 'median', 'mostFrequent']),
  /** In place of `missing`: the value of rows that have none. */
  fill: z.number({ error: 'a number' }).exactOptional(),
  /** A further input, which is 1 where the value is missing. */
  indicator: flag().default(false),
  /** Mean 0 and deviation 1 over the training rows; default: as data.standardize says. */
  standardize: flag().exactOptional(),
};

const numberColumn = section({ kind: z.literal('number'), ...numeric });
const booleanColumn = section({ kind: z.literal('boolean'), ...numeric });
const dateColumn = section({
  kind: z.literal('date'),
  ...numeric,
  /** How a text says the date; the day or the month first is never guessed. */
  format: text(formatRule).refine(isDateFormat, { error: formatRule }).default('YYYY-MM-DD'),
  /** The numbers that a date becomes. */
  parts: z
    .array(z.enum(dateParts, { error: partsRule }), { error: partsRule })
    .min(1, { error: partsRule })
    .default(['days']),
});
const categoryColumn = section({
  kind: z.literal('category'),
  missing: missing(['error', 'drop', 'unknown', 'mostFrequent']),
  fill: z.string({ error: 'a text' }).exactOptional(),
  /** The most values that are told apart, the most frequent ones; all others are unknown. */
  most: wholeNumber(1).default(100),
  /** How many training rows a value needs; rarer ones are unknown. */
  least: wholeNumber(1).default(1),
});
const textColumn = section({
  kind: z.literal('text'),
  /** How many words are told apart, the most frequent ones. */
  words: wholeNumber(1).default(1000),
});
const ignoredColumn = section({ kind: z.literal('ignore') });

/** What a column is: a kind, or a kind with its options. */
export const columnSpec = z.preprocess(
  (given) => (typeof given === 'string' ? { kind: given } : given),
  z.discriminatedUnion('kind', [numberColumn, booleanColumn, dateColumn, categoryColumn, textColumn, ignoredColumn], {
    error: columnRule,
  }),
);

/** What a config says of the columns and rows of any table. */
const shared = {
  ...{ header, skipRows, decimal, thousands, label, classes, oneHot, shuffle },
  /** Default: the one that cuts the first lines evenly. */
  delimiter: delimiter.unwrap().exactOptional(),
  /** What columns are, by their names or by patterns with *; what is not told is found in the file. */
  columns: z
    .record(z.string(), columnSpec, { error: 'a kind for each column, such as { age: number, city: category }' })
    .default({}),
  /** Columns to leave out, by name, number or pattern. */
  ignore: csvSection.shape.ignore,
  /** What becomes of missing values where the column does not say: an error, rows left out, or filled in. */
  missing: z.enum(['error', 'drop', 'fill'], { error: 'error, drop or fill' }).default('error'),
  /** Give numbers and dates mean 0 and deviation 1 over the training rows. */
  standardize: flag().default(true),
  /** How the rows of fit.validationSplit are split off, where not simply from the end. */
  split: section({
    /** The same share of each class. */
    stratify: flag().default(false),
    /** Whole groups: rows of one value of this column stay together. */
    groups: text('the name of a column').exactOptional(),
    /** The latest rows by this column. */
    time: text('the name of a column').exactOptional(),
  }).exactOptional(),
  /** What is done to labels that are numbers before training, and undone in predictions. */
  target: z.enum(['log', 'standardize'], { error: 'log or standardize' }).exactOptional(),
};

/** How a table of any kind of columns is read, as a config says it. */
export const tableSection = section({
  table: text(fileRule),
  validation: text(fileRule).exactOptional(),
  ...shared,
});

const sqlRule = 'a query, such as "select * from \'sales.parquet\' order by id"';

/** The same for the rows of a query. What is said of files of text holds for those that the model reads later. */
export const sqlSection = section({
  sql: text(sqlRule),
  /** Where relative paths in the query start from; default: the folder of the config. */
  folder: text('the path of a folder').default('.'),
  ...shared,
});

/** Of a table that is a file, files, or the rows of a query. */
export type TableConfig = z.output<typeof tableSection> | z.output<typeof sqlSection>;
export type ColumnSpec = z.output<typeof columnSpec>;
export type SpecOf<K extends ColumnSpec['kind']> = Extract<ColumnSpec, { kind: K }>;
