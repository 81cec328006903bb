import { z } from 'zod';
import { decimals, thousandsMarks } from '../../../coordinator/data/numberCells.js';
import { flag, positive, section, text, wholeNumber } from '../../../coordinator/options/fields.js';

const columnRule = 'a column: its name, its number counted from 0, or last';
const column = z.union([wholeNumber(0), text(columnRule)], { error: columnRule });
const columns = (error: string) => z.array(column, { error }).min(1, { error });
const labelRule = `${columnRule}; or a list of them`;
const delimiterRule = 'one character, such as ";"';
const decimalRule = '"." or ","';
const thousandsRule = `one of ${thousandsMarks.map((mark) => `"${mark}"`).join(' ')}`;
const shapeRule = 'a list of lengths, such as [28, 28, 1]';
const classesRule = 'a list of at least two class names';
const differentRule = 'class names that all differ';
/** YAML reads 1 and true where a file has the texts. */
const className = z
  .union([z.string(), z.number(), z.boolean()], { error: 'a class name; one that YAML takes for nothing needs quotes' })
  .transform(String)
  .pipe(text('a class name of at least one character'));

/** How a table is read, as a config says it. */
export const csvSection = section({
  csv: text('the path of a .csv or .csv.gz file'),
  /** Whether the first line (after skipRows) holds column names; default true, but a line of numbers is then refused. */
  header: flag().exactOptional(),
  /** Lines to pass over at the start of the file. */
  skipRows: wholeNumber(0).default(0),
  delimiter: text(delimiterRule).length(1, { error: delimiterRule }).default(','),
  /** The mark before the decimals of numbers; default ".". */
  decimal: z.enum(decimals, { error: decimalRule }).exactOptional(),
  /** The mark between groups of digits; default: none. */
  thousands: z.enum(thousandsMarks, { error: thousandsRule }).exactOptional(),
  /** What to predict: a column, or several for more than one output. */
  label: z.union([column, columns(labelRule)], { error: labelRule }).default('last'),
  /** Columns to leave out. */
  ignore: columns('a list of columns').exactOptional(),
  /** Names of the classes, in the order of the model's outputs. */
  classes: z
    .array(className, { error: classesRule })
    .min(2, { error: classesRule })
    .refine((names) => new Set(names).size === names.length, { error: differentRule })
    .exactOptional(),
  /** Turn a class into one output each; default when the loss is categoricalCrossentropy. */
  oneHot: flag().exactOptional(),
  /** Divide every feature by this. */
  scale: positive().exactOptional(),
  /** Give every feature mean 0 and standard deviation 1 over the training rows. */
  standardize: flag().default(false),
  /** Shape of one row; default: the model's input shape. */
  shape: z.array(wholeNumber(1), { error: shapeRule }).min(1, { error: shapeRule }).exactOptional(),
  /** Shuffle the rows by the seed, once, before the validation split. */
  shuffle: flag().default(false),
  /** A file of its own to validate on, instead of fit.validationSplit. */
  validation: text('the path of a .csv or .csv.gz file').exactOptional(),
});

export type CsvConfig = z.output<typeof csvSection>;
