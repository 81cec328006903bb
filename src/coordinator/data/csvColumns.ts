import { userError } from '../../shared/errors.js';
import { nearestTo, suggestion } from '../options/suggestion.js';
import type { ReadNumber } from './numberCells.js';
import { listed, named, quoted } from './quoted.js';

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
  /** A name of every column, `column 3` where it has none. */
  readonly names: readonly string[];
}

/** The columns of one file. */
interface Columns {
  readonly path: string;
  readonly names: readonly string[];
  /** The places of each name, in order. */
  readonly places: ReadonlyMap<string, readonly number[]>;
  readonly header: boolean;
}

/**
 * Plans a file's columns from its first record: the header, or else the first row. Without a word on it (`header`
 * undefined) the first record is a header, but one that holds numbers alone may be either and is refused.
 */
export function planColumns(
  path: string,
  first: readonly string[],
  header: boolean | undefined,
  choices: ColumnChoices,
  read: ReadNumber,
): ColumnPlan {
  if (header === undefined) refuseNumbers(path, first, read);
  const columns = columnsOf(path, first, header ?? true);
  const places =
    choices.features === undefined ? chosen(columns, choices) : remembered(columns, choices.features, choices);
  if (places.features.length === 0) {
    throw userError(
      'CSV_NO_FEATURES',
      `${path} has no feature columns: all ${first.length} of its columns are labels or ignored.`,
    );
  }
  requireOnce(columns, [...places.features, ...places.labels]);
  return { width: first.length, names: columns.names, ...places };
}

/** A name for each cell of the first record. */
export function namesOf(first: readonly string[], header: boolean): string[] {
  return first.map((cell, index) => (header && cell !== '' ? cell : `column ${index}`));
}

function columnsOf(path: string, first: readonly string[], header: boolean): Columns {
  const names = namesOf(first, header);
  const places = new Map<string, number[]>();
  names.forEach((name, index) => {
    const others = places.get(name);
    if (others === undefined) places.set(name, [index]);
    else others.push(index);
  });
  return { path, names, places, header };
}

type Places = Pick<ColumnPlan, 'features' | 'labels'>;

/** Labels and ignored columns are as chosen; all others are features. */
function chosen(columns: Columns, { label, ignore = [] }: ColumnChoices): Places {
  const labels = label === undefined ? [] : findOnes(columns, [label].flat(), 'data.label');
  const taken = new Set([...find(columns, ignore, 'data.ignore').flat(), ...labels]);
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
  const labels = [label ?? []].flat().map((choice) => columns.places.get(String(choice))?.[0] ?? -1);
  return {
    features: findOnes(columns, features, 'the model'),
    labels: labels.includes(-1) ? [] : labels,
  };
}

function findOnes(columns: Columns, choices: readonly ColumnChoice[], who: string): number[] {
  return find(columns, choices, who).map(([index]) => index);
}

/** The places of each choice: several where a name stands in the header more than once. */
function find(columns: Columns, choices: readonly ColumnChoice[], who: string): (readonly number[])[] {
  const found = choices.map((choice) => placesOf(columns, choice));
  const missing = choices.filter((_, i) => found[i].length === 0);
  if (missing.length > 0) throw notFound(columns, missing, choices, who);
  return found;
}

function placesOf({ names, places }: Columns, choice: ColumnChoice): readonly number[] {
  if (typeof choice === 'number') return choice < names.length ? [choice] : [];
  return places.get(choice) ?? (choice === 'last' ? [names.length - 1] : []);
}

function notFound(
  { path, names, places, header }: Columns,
  missing: readonly ColumnChoice[],
  choices: readonly ColumnChoice[],
  who: string,
): Error {
  const [choice] = missing;
  if (typeof choice === 'number') {
    const byName = header && places.has(String(choice)) ? `, or write "${choice}" in quotes, which is a name` : '';
    return userError(
      'CSV_COLUMN_MISSING',
      `${path} has ${names.length} columns, but ${who} names column ${choice}; give a number from 0 to ${names.length - 1}${byName}.`,
    );
  }
  if (!header) {
    return userError(
      'CSV_COLUMN_MISSING',
      `${path} is read without a header, but ${who} names the column ${named(choice)}; give its number from 0, or set data.header to true.`,
    );
  }
  const what = missing.length === 1 ? `column ${named(choice)}` : `columns ${listed(missing.map(String), 10)}`;
  // A column that is named already was not meant a second time.
  const free = names.filter((name) => !choices.includes(name)).map(named);
  const isOne = missing.length === 1 && nearestTo(choice, free) !== null;
  const next = isOne ? suggestion(choice, free) : `its columns are ${listed(names, 10)}.`;
  return userError('CSV_COLUMN_MISSING', `${path} has no ${what}, which ${who} names; ${next}`);
}

/** Numbers alone are a header or the first row; only the user knows. */
export function refuseNumbers(path: string, first: readonly string[], read: ReadNumber): void {
  if (first.some((cell) => Number.isNaN(read(cell)))) return;
  throw userError(
    'CSV_NO_HEADER',
    `${path} begins with a line of numbers where a header of column names was expected; set data.header to false if it is the first row of data, or to true if its numbers are names (data.header: false with data.skipRows: 1 passes over it).`,
  );
}

/** Columns that are read have names of their own; others may share theirs. */
function requireOnce({ path, names, places }: Columns, used: readonly number[]): void {
  const twice = used.map((index) => names[index]).filter((name) => (places.get(name)?.length ?? 0) > 1);
  if (twice.length === 0) return;
  const different = [...new Set(twice)].map(quoted);
  const [name] = different;
  const count = inWords(places.get(twice[0])?.length ?? 0);
  const what =
    different.length === 1
      ? `${count} columns named ${name}`
      : `several columns of each of these names: ${different.slice(0, 10).join(', ')}`;
  throw userError(
    'CSV_HEADER',
    `${path} has ${what}; rename all but one, leave them out with data.ignore, or set data.header to false and data.skipRows to 1.`,
  );
}

function inWords(count: number): string {
  return count === 2 ? 'two' : String(count);
}
