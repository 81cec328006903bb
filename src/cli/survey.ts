import { formatCount } from '../coordinator/callbacks/display/format.js';
import { renderTable, wrapParts } from '../coordinator/callbacks/display/lines.js';
import type { FieldSurvey, Survey } from '../run/data/survey.js';

/** The longest list of fields that is shown whole, and how many of a longer one. */
const MOST_FIELDS = 200;

/** What `inspect` prints of data. */
export function surveyText(target: string, { kind, facts, fields, head }: Survey, width: number): string {
  const parts = Object.entries(facts).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? formatCount(value) : value}`,
  );
  const shown = fields.slice(0, MOST_FIELDS);
  const blocks = [`${kind} ${target}`, wrapParts(parts, width), '', fieldsTable(shown, width)];
  if (shown.length < fields.length) blocks.push(`and ${formatCount(fields.length - shown.length)} more fields`);
  for (const field of shown) if ((field.values?.length ?? 0) > 0) blocks.push('', valuesText(field, width));
  if (head !== undefined && head.rows.length > 0) blocks.push('', headTable(head, width));
  return blocks.join('\n');
}

function fieldsTable(fields: readonly FieldSurvey[], width: number): string {
  const rows = fields.map(({ name, type, missing, distinct, range = '', remark = '' }) => [
    oneLine(name),
    type,
    missing === undefined ? '' : formatCount(missing),
    distinct === undefined ? '' : formatCount(distinct),
    oneLine(range),
    oneLine(remark),
  ]);
  const columns = [
    { title: 'field' },
    { title: 'type' },
    { title: 'missing', align: 'right' },
    { title: 'different', align: 'right' },
    { title: 'range' },
    { title: '' },
  ] as const;
  return renderTable(columns, rows, width);
}

function valuesText({ name, values = [] }: FieldSurvey, width: number): string {
  const parts = values.map(({ value, rows }) => `${oneLine(String(value))} ${formatCount(rows)}`);
  return wrapParts([`${oneLine(name)}:`, ...parts], width);
}

/** As many columns as the width has room for. */
function headTable({ names, rows }: NonNullable<Survey['head']>, width: number): string {
  const most = Math.max(1, Math.floor(width / 10));
  const columns = names.slice(0, most).map((title) => ({ title: oneLine(title) }));
  return renderTable(
    columns,
    rows.map((row) => row.slice(0, most).map(oneLine)),
    width,
  );
}

/** A cell with its line ends and tabs written out, so that it stays in its line. */
function oneLine(cell: string): string {
  return cell.replace(/[\n\r\t]/g, (character) => JSON.stringify(character).slice(1, -1));
}
