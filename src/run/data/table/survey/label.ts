import { listed, named } from '../../../../coordinator/data/quoted.js';
import { suggestion } from '../../../../coordinator/options/suggestion.js';
import { userError } from '../../../../shared/errors.js';
import type { ColumnFacts } from './facts.js';
import { kindOfColumn } from './kinds.js';

/** What is to be predicted, and how one sees that. */
export interface LabelGuess {
  readonly columns: readonly ColumnFacts[];
  readonly why: string;
}

/** What the labels are: classes, with their names where these have to be told, or numbers. */
export type LabelKind =
  | { readonly kind: 'classes'; readonly count: number; readonly names?: readonly string[] }
  | { readonly kind: 'numbers' };

const LABEL_NAMES = ['label', 'labels', 'target', 'class', 'y', 'outcome', 'response', 'output'];

/** The column that is asked for, else one that is named like a label, else the last that is worth predicting. */
export function chooseLabel(path: string, columns: readonly ColumnFacts[], asked: string | undefined): LabelGuess {
  if (asked !== undefined) return { columns: askedColumns(path, columns, asked), why: 'as asked for' };
  const byName = columns.find(({ name }) => LABEL_NAMES.includes(name.toLowerCase()));
  if (byName !== undefined) return { columns: [byName], why: 'by its name' };
  const last = columns.findLast((column) => !['ignore', 'text', 'date'].includes(kindOfColumn(column).kind));
  const place = last === columns.at(-1) ? 'the last column' : 'the last column that can be predicted';
  if (last !== undefined) return { columns: [last], why: `${place}; lockstep init --label NAME takes another` };
  throw userError('CSV_COLUMN_MISSING', `${path} has no column that could be predicted; name one with --label.`);
}

function askedColumns(path: string, columns: readonly ColumnFacts[], asked: string): ColumnFacts[] {
  const whole = columns.find(({ name }) => name === asked);
  if (whole !== undefined) return [whole];
  return asked.split(',').map((part) => {
    const name = part.trim();
    const found = columns.find((column) => column.name === name);
    if (found !== undefined) return found;
    const names = columns.map((column) => column.name);
    throw userError(
      'CSV_COLUMN_MISSING',
      `${path} has no column ${named(name)}, which --label names; ${suggestion(name, names.map(named))}`,
    );
  });
}

/** Numbers are classes only where they are few and count from 0, or are two. */
const MOST_NUMBERED = 20;
const MOST_CLASSES = 1000;

/** What labels are, by all of their values. */
export function labelKind(path: string, columns: readonly ColumnFacts[]): LabelKind {
  if (columns.length > 1) return { kind: 'numbers' };
  const [{ name, rows, missing, numbers, integers, values, type, isBeyondNumbers }] = columns;
  const known = rows - missing;
  const texts = values?.map(([value]) => value) ?? [];
  if (numbers === known && type !== 'boolean') {
    if (values === undefined || integers !== known || texts.length < 2) return { kind: 'numbers' };
    const numbered = texts.map(Number).sort((a, b) => a - b);
    if (texts.length <= MOST_NUMBERED && numbered.every((value, i) => value === i))
      return { kind: 'classes', count: texts.length };
    const names = isBeyondNumbers ? texts.toSorted() : numbered.map(String);
    return texts.length === 2 ? { kind: 'classes', count: 2, names } : { kind: 'numbers' };
  }
  if (type === 'boolean') return { kind: 'classes', count: 2 };
  if (values !== undefined && texts.length >= 2 && texts.length <= Math.min(MOST_CLASSES, known / 2)) {
    return { kind: 'classes', count: texts.length };
  }
  throw userError(
    'INIT_LABEL',
    `${path}, column ${named(name)}, has ${values === undefined ? 'more than 10,000' : texts.length} different values in ${known} rows (${listed(texts, 4)}), which are neither numbers nor classes; name another column with --label.`,
  );
}
