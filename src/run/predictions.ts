import type { NamedTexts, OutputNaming } from './data/format.js';

/** What a model puts out for some rows: shape [rows, outputs], flat. */
export interface Predictions {
  readonly values: Float32Array;
  readonly outputs: number;
}

/**
 * Predictions as CSV: a column an output, named by its class where names are known, and for a classification the class
 * that is most likely; before them what tells the rows apart. One line a row of the data, in its order.
 */
export function predictionsCsv(
  { values, outputs }: Predictions,
  naming: OutputNaming,
  named: readonly NamedTexts[] = [],
): string {
  const { target, restore } = naming;
  const names = outputNames(naming, outputs);
  const classOf = target === 'numbers' ? null : classNamer(naming);
  const before = named.map(({ column }) => column);
  const lines = [[...before, ...names, ...(classOf ? ['class'] : [])].map(quote).join(',')];
  for (let from = 0; from < values.length; from += outputs) {
    const row = values.subarray(from, from + outputs);
    const texts = named.map(({ values: texts }) => quote(texts[from / outputs]));
    const numbers = Array.from(row, (value, output) =>
      shortest(restore === undefined ? value : Math.fround(restore(value, output))),
    );
    const cells = [...texts, ...numbers];
    if (classOf !== null) cells.push(quote(classOf(target === 'binary' ? Number(row[0] > 0.5) : argmax(row))));
    lines.push(cells.join(','));
  }
  return `${lines.join('\n')}\n`;
}

function outputNames({ target, classes, label }: OutputNaming, outputs: number): string[] {
  if (target === 'binary') return [classes?.[1] ?? '1'];
  if (target !== 'numbers') return Array.from({ length: outputs }, (_, i) => classes?.[i] ?? String(i));
  const labels = [label].flat();
  return Array.from({ length: outputs }, (_, i) => {
    const name = labels[i];
    return typeof name === 'string' && name !== 'last' ? name : `output ${i}`;
  });
}

function classNamer({ classes }: OutputNaming): (number: number) => string {
  return (number) => classes?.[number] ?? String(number);
}

/** The first of the largest. */
function argmax(row: Float32Array): number {
  let best = 0;
  for (let i = 1; i < row.length; i++) if (row[i] > row[best]) best = i;
  return best;
}

/** The fewest digits that read back as the same float32. */
function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const rounded = Number(value.toPrecision(digits));
    if (Math.fround(rounded) === value) return String(rounded);
  }
  return String(Number(value.toPrecision(9)));
}

function quote(cell: string): string {
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
