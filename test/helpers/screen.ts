/** What a terminal of so many columns shows, scrolled lines included: rows without the blanks at their ends. */
export function screenOf(output: string, columns: number): string[] {
  const rows: string[][] = [[]];
  let [row, column] = [0, 0];
  const at = (number: number): string[] => (rows[number] ??= []);
  const codes: Readonly<Record<string, (count: number) => void>> = {
    A: (count) => {
      row = Math.max(0, row - Math.max(1, count));
    },
    K: () => {
      at(row).length = Math.min(at(row).length, column);
    },
    J: () => {
      codes.K(0);
      rows.length = row + 1;
    },
  };
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are told by control characters.
  for (const [text, count, code] of output.matchAll(/\x1b\[(\d*)([A-Za-z])|[^\x1b]/gu)) {
    if (code !== undefined) codes[code]?.(Number(count));
    else if (text === '\r') column = 0;
    else if (text === '\n') at(++row);
    else {
      // A terminal goes to the next row only when there is something to put there.
      if (column === columns) [row, column] = [row + 1, 0];
      while (at(row).length < column) at(row).push(' ');
      at(row)[column++] = text;
    }
  }
  return Array.from(rows, (cells) => (cells ?? []).join('').trimEnd());
}
