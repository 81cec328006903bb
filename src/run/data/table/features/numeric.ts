import { isMissing } from '../../../../coordinator/data/numberCells.js';
import { quoted } from '../../../../coordinator/data/quoted.js';
import type { RawColumn } from '../raw.js';
import type { SpecOf } from '../section.js';
import { type DatePart, dateReader, partOf } from './dates.js';
import type { BadValue, FeatureKind } from './feature.js';
import { meanOf, medianOf, momentsOf, mostFrequentOf } from './statistics.js';

type NumericSpec = SpecOf<'number' | 'boolean' | 'date'>;

/** Numbers a row, NaN where they are missing: one list for each part of a date, else one. */
interface NumericValues {
  readonly parts: readonly { readonly name: string; readonly values: Float64Array }[];
}

/** What is learned of a column of numbers. */
export interface FittedNumbers {
  readonly inputs: readonly {
    readonly part: string;
    /** What stands for a missing value; null where there may be none. */
    readonly fill: number | null;
    readonly mean: number;
    readonly deviation: number;
  }[];
  readonly indicator: boolean;
}

type Note = (bad: BadValue) => void;

/** A kind of columns that become numbers. `read` tells what a column says. */
function numericKind<S extends NumericSpec>(
  wants: FeatureKind<S, NumericValues, FittedNumbers>['wants'],
  read: (spec: S, column: RawColumn, note: Note) => NumericValues['parts'],
): FeatureKind<S, NumericValues, FittedNumbers> {
  return {
    wants,
    values: (spec, column, note) => ({ parts: read(spec, column, note) }),
    isMissing: ({ parts }, row) => Number.isNaN(parts[0].values[row]),
    fit: (spec, { parts }, rows) => ({
      inputs: parts.map(({ name, values }) => fitPart(spec, name, values, rows)),
      indicator: spec.indicator,
    }),
    inputs: ({ inputs, indicator }, name) => [
      ...inputs.map(({ part }) => (part === '' ? name : `${name} ${part}`)),
      ...(indicator ? [`${name} missing`] : []),
    ],
    encoder:
      ({ inputs, indicator }, { parts }) =>
      (rows, x, at, width) => {
        for (const [i, input] of inputs.entries()) encodePart(input, parts[i].values, rows, x, at + i, width);
        if (!indicator) return;
        const [{ values }] = parts;
        for (let i = 0; i < rows.length; i++) x[i * width + at + inputs.length] = Number.isNaN(values[rows[i]]) ? 1 : 0;
      },
  };
}

function encodePart(
  { fill, mean, deviation }: FittedNumbers['inputs'][number],
  values: Float64Array,
  rows: Int32Array,
  x: Float32Array,
  at: number,
  width: number,
): void {
  const filled = fill ?? Number.NaN;
  for (let i = 0; i < rows.length; i++) {
    const value = values[rows[i]];
    x[i * width + at] = ((Number.isNaN(value) ? filled : value) - mean) / deviation;
  }
}

function fitPart(
  spec: NumericSpec,
  part: string,
  values: Float64Array,
  rows: Int32Array,
): FittedNumbers['inputs'][number] {
  const chosen = new Float64Array(rows.length);
  for (let i = 0; i < rows.length; i++) chosen[i] = values[rows[i]];
  const fill = fillOf(spec, chosen);
  if (spec.standardize === false) return { part, fill, mean: 0, deviation: 1 };
  if (fill !== null) for (let i = 0; i < chosen.length; i++) if (Number.isNaN(chosen[i])) chosen[i] = fill;
  return { part, fill, ...momentsOf(chosen) };
}

/** Where no training row has a value, 0 stands for those of other rows. */
function fillOf({ missing, fill }: NumericSpec, values: Float64Array): number | null {
  if (fill !== undefined) return fill;
  if (missing === undefined || missing === 'error' || missing === 'drop') return null;
  const known = values.filter((value) => !Number.isNaN(value));
  if (known.length === 0) return 0;
  return { mean: meanOf, median: medianOf, mostFrequent: mostFrequentOf }[missing](known);
}

/** The number of each text, looked up once for each that differs; Infinity, beside the note, where a text is none. */
function lookUp(
  { codes, texts }: Extract<RawColumn, { as: 'text' }>,
  read: (text: string) => number,
  note: Note,
  bad: (text: string) => Pick<BadValue, 'finding' | 'advice'>,
): Float64Array {
  const numbers = texts.map((text, code) => {
    const value = isMissing(text) ? 0 : read(text);
    if (!Number.isNaN(value)) return isMissing(text) ? Number.NaN : value;
    note({ row: codes.indexOf(code), code: 'TABLE_VALUE', ...bad(text) });
    return Number.POSITIVE_INFINITY;
  });
  return Float64Array.from(codes, (code) => numbers[code]);
}

export const numbers = numericKind<SpecOf<'number'>>(
  (type) => (type === 'time' ? undefined : 'number'),
  (_, column) => [{ name: '', values: valuesOf(column) }],
);

const TRUE = ['true', 't', 'yes', 'y', '1', '1.0', 'on'];
const FALSE = ['false', 'f', 'no', 'n', '0', '0.0', 'off'];

/** 1 for yes, 0 for no, NaN for anything else. */
export function booleanOf(text: string): number {
  const word = text.toLowerCase();
  if (TRUE.includes(word)) return 1;
  return FALSE.includes(word) ? 0 : Number.NaN;
}

/** Standardized only where a column says so: 0 and 1 are of one size already. */
export const booleans = numericKind<SpecOf<'boolean'>>(
  (type) => (type === 'boolean' ? 'number' : 'text'),
  (_, column, note) => {
    const bad = (text: string) => ({
      finding: `${quoted(text)} is neither true nor false`,
      advice: 'mend the cell, or make the column a category in data.columns',
    });
    return [{ name: '', values: column.as === 'text' ? lookUp(column, booleanOf, note, bad) : column.values }];
  },
);

export const dates = numericKind<SpecOf<'date'>>(
  (type) => (type === 'time' ? 'number' : type === 'text' ? 'text' : undefined),
  ({ format, parts }, column, note) => {
    const bad = (text: string) => ({
      finding: `${quoted(text)} is no date of the form ${format}`,
      advice: 'mend the cell, or give the format that the column has in data.columns',
    });
    const seconds = column.as === 'text' ? lookUp(column, dateReader(format), note, bad) : column.values;
    return parts.map((part: DatePart) => ({ name: part, values: seconds.map((value) => partOf(part, value)) }));
  },
);

function valuesOf(column: RawColumn): Float64Array {
  if (column.as === 'number') return column.values;
  throw new Error('a column of numbers was read as text');
}
