import { userError } from '../../shared/errors.js';
import { suggestion } from '../suggestion.js';

/** A column by its name in the header, its number counted from 0, or `last`. */
export type ColumnChoice = string | number;

/** Which columns of a file are what. */
export interface ColumnChoices {
  /** Undefined: the file has no labels. */
  readonly label?: ColumnChoice | readonly ColumnChoice[];
  readonly ignore?: readonly ColumnChoice[];
  /**
   * The features of a trained model. A file with a header gives them by name, in any order, among others; one without
   * has them in this order, with or without the label.
   */
  readonly features?: readonly string[];
}

/** Places of the columns in a record. */
export interface ColumnPlan {
  readonly width: number;
  readonly features: readonly number[];
  readonly labels: readonly number[];
  /** A name of every column, `column 3` where there is no header. */
  readonly names: readonly string[];
}

/** The columns of one file, for messages. */
interface Columns {
  readonly path: string;
  readonly names: readonly string[];
  readonly header: boolean;
}

/** Plans a file's columns from its first record: the header, or else the first row. */
export function planColumns(
  path: string,
  first: readonly string[],
  header: boolean,
  choices: ColumnChoices,
): ColumnPlan {
  const names = header ? requireNames(path, first) : first.map((_, index) => columnName(index));
  const columns = { path, names, header };
  const places =
    choices.features === undefined ? chosen(columns, choices) : remembered(columns, choices.features, choices);
  if (places.features.length > 0) return { width: first.length, names, ...places };
  throw userError(
    'CSV_NO_FEATURES',
    `${path} has no feature columns: all ${first.length} of its columns are labels or ignored.`,
  );
}

/** The name of a column that has none. */
export function columnName(index: number): string {
  return `column ${index}`;
}

type Places = Pick<ColumnPlan, 'features' | 'labels'>;

/** Labels and ignored columns are as chosen; all others are features. */
function chosen(columns: Columns, { label, ignore = [] }: ColumnChoices): Places {
  const ignored = ignore.map((choice) => find(columns, choice, 'data.ignore'));
  const labels = label === undefined ? [] : [label].flat().map((choice) => find(columns, choice, 'data.label'));
  const taken = new Set([...ignored, ...labels]);
  const features = [...columns.names.keys()].filter((index) => !taken.has(index));
  return { features, labels };
}

/** Finds the features that a model was trained on; label and ignored columns only when the file has them. */
function remembered(columns: Columns, features: readonly string[], { label, ignore = [] }: ColumnChoices): Places {
  if (columns.header) return byName(columns, features, label);
  const labels = [label ?? []].flat();
  const extra = columns.names.length - features.length;
  if (extra === 0) return chosen(columns, {});
  if (extra === ignore.length) return chosen(columns, { ignore });
  if (extra === ignore.length + labels.length) return chosen(columns, { label: labels, ignore });
  throw userError(
    'CSV_COLUMNS',
    `${columns.path} has ${columns.names.length} columns, but the model takes ${features.length} features; give those columns, with or without the label.`,
  );
}

function byName(columns: Columns, features: readonly string[], label: ColumnChoices['label']): Places {
  const labels = [label ?? []].flat().map((choice) => columns.names.indexOf(String(choice)));
  const places = new Map(columns.names.map((name, index) => [name, index]));
  return {
    features: features.map((name) => places.get(name) ?? find(columns, name, 'the model')),
    labels: labels.includes(-1) ? [] : labels,
  };
}

function find({ path, names, header }: Columns, choice: ColumnChoice, who: string): number {
  const index = typeof choice === 'number' ? choice : names.indexOf(choice);
  if (index >= 0 && index < names.length) return index;
  if (choice === 'last') return names.length - 1;
  if (typeof choice === 'number') {
    throw userError(
      'CSV_COLUMN_MISSING',
      `${path} has ${names.length} columns, but ${who} names column ${choice}; give a number from 0 to ${names.length - 1}.`,
    );
  }
  if (!header) {
    throw userError(
      'CSV_COLUMN_MISSING',
      `${path} is read without a header, but ${who} names the column ${choice}; give its number from 0, or set data.header to true.`,
    );
  }
  throw userError(
    'CSV_COLUMN_MISSING',
    `${path} has no column ${choice}, which ${who} names; ${suggestion(choice, names)}`,
  );
}

/** A header names each column once; a line of numbers is no header. */
function requireNames(path: string, first: readonly string[]): readonly string[] {
  if (first.every((cell) => cell !== '' && Number.isFinite(Number(cell)))) {
    throw userError(
      'CSV_NO_HEADER',
      `${path} begins with a line of numbers where a header of column names was expected; set data.header to false.`,
    );
  }
  const seen = new Set<string>();
  const twice = first.find((name) => seen.size === seen.add(name).size);
  if (twice === undefined) return first;
  throw userError(
    'CSV_HEADER',
    `${path} has two columns named ${JSON.stringify(twice)}; rename one, or set data.header to false and data.skipRows to 1.`,
  );
}
