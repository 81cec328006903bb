/** A column of a table: its heading and how the cells stand under it. */
export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** Lays out rows of cells under their headings, two spaces between columns; no trailing blanks. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, column) => Math.max(...lines.map((cells) => cells[column].length)));
  const pad = (cell: string, column: number): string =>
    columns[column].align === 'left' ? cell.padEnd(widths[column]) : cell.padStart(widths[column]);
  return lines.map((cells) => cells.map(pad).join('  ').trimEnd()).join('\n');
}

/** A number with three significant digits and no exponent, as 12300, 123, 12.3, 0.0123; `–` for none. */
export function digits(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.min(20, Math.max(0, 2 - magnitude)));
}

/** A share as a percentage, with one decimal below 10 %; `–` for none. */
export function percent(share: number | null): string {
  if (share === null) return '–';
  return `${(share * 100).toFixed(Math.abs(share) < 0.0995 ? 1 : 0)} %`;
}
