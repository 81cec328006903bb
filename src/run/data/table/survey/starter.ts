import { formatCount, formatThings } from '../../../../coordinator/callbacks/display/format.js';
import { listed, named, quoted } from '../../../../coordinator/data/quoted.js';
import { userError } from '../../../../shared/errors.js';
import { networkFor } from '../../networks.js';
import type { Starter, StarterEntry, StarterRequest } from '../../starter.js';
import { openTable } from '../source/open.js';
import type { TableSource } from '../source/source.js';
import { type ColumnFacts, surveyColumns } from './facts.js';
import { findDialect } from './found.js';
import { type FoundKind, kindOfColumn } from './kinds.js';
import { chooseLabel, type LabelGuess, type LabelKind, labelKind } from './label.js';
import { strayNumbers } from './survey.js';

/** The parts of a config that trains on a table. */
export async function starterOfTable(path: string, { label }: StarterRequest): Promise<Starter> {
  const source = await openTable(path, await findDialect(path));
  try {
    requireNames(source);
    const columns = await surveyColumns(source);
    const guess = chooseLabel(path, columns, label);
    const task = labelKind(path, guess.columns);
    const features = columns.filter((column) => !guess.columns.includes(column));
    const rows = columns[0].rows;
    return {
      about: [`${source.kind} of ${formatThings(rows, 'row')} and ${formatThings(columns.length, 'column')}.`],
      data: dataEntries(source, features, guess, task),
      ...networkFor({
        rows,
        ...(task.kind === 'numbers' ? { outputs: guess.columns.length } : { classes: task.count }),
      }),
    };
  } finally {
    await source.close();
  }
}

/** A config tells columns by their names. */
function requireNames({ path, columns }: TableSource): void {
  const names = columns.map(({ name }) => name);
  const second = names.findIndex((name, i) => names.indexOf(name) < i);
  if (second < 0) return;
  throw userError(
    'CSV_HEADER',
    `${path} calls both column ${names.indexOf(names[second])} and column ${second}, counted from 0, ${quoted(names[second])} (blanks around a name do not count); give each a name of its own.`,
  );
}

function dataEntries(
  source: TableSource,
  features: readonly ColumnFacts[],
  guess: LabelGuess,
  task: LabelKind,
): StarterEntry[] {
  return [
    ...dialectEntries(source),
    ...labelEntries(guess, task),
    columnsEntry(features),
    ...missingEntries(features, guess.columns),
    shuffleEntry,
    ...(task.kind === 'classes' ? [stratifyEntry] : []),
  ];
}

const shuffleEntry: StarterEntry = {
  key: 'shuffle',
  value: true,
  why: ['Rows are shuffled once, by the seed, before those to validate on are split off.'],
};

const stratifyEntry: StarterEntry = {
  key: 'split',
  value: { stratify: true },
  why: ['Of each class the same share is validated on.'],
};

function dialectEntries({ dialect }: TableSource): StarterEntry[] {
  if (dialect === undefined) return [];
  const { delimiter, decimal, thousands, header } = dialect;
  return [
    ...(delimiter === ',' ? [] : [{ key: 'delimiter', value: delimiter }]),
    ...(decimal === ',' ? [{ key: 'decimal', value: decimal, why: ['Numbers are written 1,5.'] }] : []),
    ...(thousands === undefined ? [] : [{ key: 'thousands', value: thousands }]),
    ...(header
      ? []
      : [
          {
            key: 'header',
            value: false,
            why: ['The first line holds numbers, so it was taken for a row, not for names.'],
          },
        ]),
  ];
}

function labelEntries({ columns, why }: LabelGuess, task: LabelKind): StarterEntry[] {
  const names = columns.map(({ name }) => name);
  const label = {
    key: 'label',
    value: names.length === 1 ? names[0] : names,
    why: [`What is predicted: ${taskInWords(columns, task)} (${why}).`],
  };
  const target = { key: 'target', value: 'standardize', why: [targetInWords(columns)] };
  if (task.kind === 'numbers') return [label, target];
  return [label, ...(task.names === undefined ? [] : [{ key: 'classes', value: task.names }])];
}

function taskInWords([{ values = [] }]: readonly ColumnFacts[], task: LabelKind): string {
  if (task.kind === 'numbers') return 'a number';
  const counts = values.slice(0, 6).map(([value, rows]) => `${named(value)} ${formatCount(rows)}`);
  return `one of ${task.count} classes, with rows ${counts.join(', ')}${values.length > 6 ? ', …' : ''}`;
}

function targetInWords(columns: readonly ColumnFacts[]): string {
  const ranges = columns.map(({ least, greatest }) => `${least} to ${greatest}`);
  return `Labels go from ${ranges.join(', ')}: they are trained on with mean 0 and deviation 1, and predictions are mapped back. Loss and mean absolute error are in deviations.`;
}

/** Columns that are listed one by one; of more only those that are no numbers. */
const MOST_LISTED = 100;

function columnsEntry(features: readonly ColumnFacts[]): StarterEntry {
  const found = features.map((column) => ({ column, found: kindOfColumn(column) }));
  const listedOnes = features.length <= MOST_LISTED ? found : found.filter(({ found: { kind } }) => kind !== 'number');
  const entries = listedOnes.map((each) => columnEntry(each.column, each.found));
  const rest = listedOnes.length < found.length ? [{ key: '*', value: 'number', why: ['All others.'] }] : [];
  return {
    key: 'columns',
    entries: [...entries, ...rest],
    why: ['What each column is; see docs/data/tables.md for what else it may be.'],
  };
}

function columnEntry(column: ColumnFacts, found: FoundKind): StarterEntry {
  const { kind, format } = found;
  const why = [
    ...reasons(column, found),
    ...(strayNumbers(column, found) ?? []).map((text) => `Look: ${text}. Mend the others to use it as a number.`),
  ];
  const value = format === undefined || format === 'YYYY-MM-DD' ? kind : { kind, format };
  return { key: column.name, value, ...(why.length > 0 && { why }) };
}

function reasons({ values = [] }: ColumnFacts, { kind, why, format, otherFormats = [] }: FoundKind): string[] {
  if (kind === 'ignore') return [`Left out: ${why}.`];
  if (kind === 'category')
    return [
      `${why}: ${listed(
        values.map(([value]) => value),
        4,
      )}`,
    ];
  if (otherFormats.length > 0)
    return [`Taken for ${format}, but every date may be ${otherFormats.join(' or ')} as well: make sure.`];
  return [];
}

function missingEntries(features: readonly ColumnFacts[], labels: readonly ColumnFacts[]): StarterEntry[] {
  const unlabelled = labels.filter(({ missing }) => missing > 0);
  if (unlabelled.length > 0) {
    const gaps = unlabelled.map(({ name, missing }) => `${named(name)} (${formatCount(missing)})`);
    const why = [`Labels are missing in ${listed(gaps, 8)}: rows that lack a label, or any other value, are left out.`];
    return [{ key: 'missing', value: 'drop', why }];
  }
  const used = features.filter((column) => kindOfColumn(column).kind !== 'ignore' && column.missing > 0);
  if (used.length === 0) return [];
  const counts = used.slice(0, 8).map(({ name, missing }) => `${named(name)} (${formatCount(missing)})`);
  const others = used.length > 8 ? ` and ${used.length - 8} more columns` : '';
  return [
    {
      key: 'missing',
      value: 'fill',
      why: [
        `Values are missing in ${counts.join(', ')}${others}. They are filled in from the training rows: numbers and dates by the median, categories are unknown. Or: error, drop.`,
      ],
    },
  ];
}
