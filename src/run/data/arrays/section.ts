import { z } from 'zod';
import { flag, text, wholeNumber } from '../../../coordinator/options/fields.js';
import { csvSection } from '../csv/section.js';

const { classes, scale, standardize, shuffle } = csvSection.shape;

/** What every format of arrays says alike. */
export const commonFields = {
  /** Names of the classes, in the order of the model's outputs. */
  classes,
  /** Divide every number of the inputs by this. */
  scale,
  /** Give every place of a row mean 0 and standard deviation 1 over the training rows. */
  standardize,
  /** Shuffle the rows by the seed, once, before the validation split. */
  shuffle,
  /** Read all rows before the first step, or while training goes on; default: by their size. */
  inMemory: flag().exactOptional(),
};

const columnRule = 'a column, counted from 0, or last';
const column = z.union([wholeNumber(0), z.literal('last')], { error: columnRule });
const columnsRule = `${columnRule}; or a list of them`;

/** The columns of rows of numbers that are labels, in place of a file of labels. */
export const labelField = z
  .union([column, z.array(column, { error: columnsRule }).min(1, { error: columnsRule })], { error: columnsRule })
  .exactOptional();

/** Where the labels of a file of one array are, and what to validate on. */
export const labelFiles = (file: string) => ({
  /** The file of labels, one a row. */
  labels: text('the path of a file of labels').exactOptional(),
  /** A file of its own to validate on, instead of fit.validationSplit. */
  validation: text(`the path of ${file}`).exactOptional(),
  validationLabels: text('the path of a file of labels').exactOptional(),
});

const name = text('the name of an array');
const keysRule = 'the name of an array, a list of them, or a record by the names of the inputs or outputs';

/** Which arrays of a file are the inputs, and which the labels. */
export const keysField = z
  .union([name, z.array(name).min(1), z.record(z.string(), name)], { error: keysRule })
  .exactOptional();

const columnsOfTable = 'the name of a column, or a list of them';

/** Columns of a table by their names. */
export const columnNames = z.union([name, z.array(name).min(1)], { error: columnsOfTable }).exactOptional();

export type Keys = NonNullable<z.output<typeof keysField>>;
