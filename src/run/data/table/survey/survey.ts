import { formatCount } from '../../../../coordinator/callbacks/display/format.js';
import type { FieldSurvey, Survey } from '../../survey.js';
import { openTable } from '../source/open.js';
import type { TableSource } from '../source/source.js';
import { type ColumnFacts, surveyColumns } from './facts.js';
import { findDialect } from './found.js';
import { type FoundKind, kindOfColumn } from './kinds.js';

/** Values that are shown of a column, and how many different ones it has at most for that. */
const MOST_SHOWN = 20;

/** What a table holds, over all of its rows. */
export async function surveyTable(path: string): Promise<Survey> {
  const source = await openTable(path, await findDialect(path));
  try {
    const columns = await surveyColumns(source);
    const rows = columns[0]?.rows ?? 0;
    return {
      kind: source.kind,
      facts: { rows, columns: columns.length, ...dialectInWords(source) },
      fields: columns.map((column) => fieldOf(column, kindOfColumn(column))),
      head: {
        names: columns.map(({ name }) => name),
        rows: Array.from({ length: columns[0]?.first.length ?? 0 }, (_, row) => columns.map(({ first }) => first[row])),
      },
    };
  } finally {
    await source.close();
  }
}

/** What a file of text says of itself beyond its columns. */
export function dialectInWords({ dialect }: TableSource): Record<string, string> {
  if (dialect === undefined) return {};
  const { delimiter, decimal, thousands, header } = dialect;
  return {
    delimiter: delimiter === '\t' ? 'tab' : `"${delimiter}"`,
    ...(decimal === ',' && { decimal: '","' }),
    ...(thousands !== undefined && { thousands: `"${thousands}"` }),
    ...(!header && { header: 'none' }),
  };
}

function fieldOf(column: ColumnFacts, found: FoundKind): FieldSurvey {
  const { name, missing, values } = column;
  const isListed = values !== undefined && values.length <= MOST_SHOWN && found.kind !== 'number';
  const remarks = [
    ...(found.kind === 'ignore' ? [found.why] : []),
    ...(found.otherFormats?.length ? [`or ${found.otherFormats.join(', ')}`] : []),
    ...(strayNumbers(column, found) ?? []),
  ];
  return {
    name,
    type: typeInWords(column, found),
    missing,
    ...(values !== undefined && { distinct: values.length }),
    ...(column.numbers > 0 && found.kind !== 'category' && { range: rangeOf(column) }),
    ...(isListed && { values: values.map(([value, rows]) => ({ value, rows })) }),
    ...(remarks.length > 0 && { remark: remarks.join('; ') }),
  };
}

function typeInWords({ type }: ColumnFacts, { kind, format }: FoundKind): string {
  if (kind === 'ignore') return type;
  return format === undefined ? kind : `${kind} (${format})`;
}

function rangeOf({ type, least, greatest }: ColumnFacts): string {
  const show = (value: number): string => (type === 'time' ? new Date(value * 1000).toISOString() : String(value));
  return `${show(least)} to ${show(greatest)}`;
}

/** A column of numbers in which some cells are none: the user should know, as it is no column of numbers then. */
export function strayNumbers({ type, rows, missing, numbers }: ColumnFacts, { kind }: FoundKind): string[] | undefined {
  const known = rows - missing;
  const isNearly = type === 'text' && kind !== 'number' && numbers < known && numbers > 0.9 * known;
  return isNearly ? [`all but ${formatCount(known - numbers)} of its values are numbers`] : undefined;
}
