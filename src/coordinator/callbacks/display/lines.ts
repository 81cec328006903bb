/** Lays text out for a terminal of a given width. */

/** Parts joined by two spaces, in as many lines as the width asks for; lines after the first are indented. */
export function wrapParts(parts: readonly string[], width: number): string {
  const lines: string[] = [];
  let line = '';
  for (const part of parts) {
    const longer = line === '' ? part : `${line}  ${part}`;
    if (line !== '' && longer.length > width) {
      lines.push(line);
      line = `  ${part}`;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join('\n');
}

/** A text cut to the width, with an ellipsis where something is missing. */
export function truncate(text: string, width: number): string {
  if (text.length <= width) return text;
  return width <= 1 ? text.slice(0, Math.max(width, 0)) : `${text.slice(0, width - 1)}…`;
}

/** One column of a table. */
export interface TableColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

/** A table whose widest column gives way until it fits the width. */
export function renderTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): string {
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = fitted(
    columns.map((_, i) => Math.max(...lines.map((cells) => cells[i].length))),
    width,
  );
  const cell = (text: string, i: number): string => {
    const cut = truncate(text, widths[i]);
    return columns[i].align === 'right' ? cut.padStart(widths[i]) : cut.padEnd(widths[i]);
  };
  return lines.map((cells) => cells.map(cell).join('  ').trimEnd()).join('\n');
}

const NARROWEST = 6;

function fitted(natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const total = (): number => widths.reduce((sum, each) => sum + each, 0) + 2 * (widths.length - 1);
  while (total() > width) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest] <= NARROWEST) break;
    widths[widest]--;
  }
  return widths;
}
