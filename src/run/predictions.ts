import type { NamedTexts, OutputNaming } from './data/format.js';

/** What a model puts out for some rows: shape [rows, outputs], flat. */
export interface Predictions {
  readonly values: Float32Array;
  readonly outputs: number;
}

/** A column of what `predict` writes: float32 numbers, or texts. */
export type PredictedColumn =
  | { readonly name: string; readonly numbers: Float32Array }
  | { readonly name: string; readonly texts: readonly string[] };

/**
 * Predictions as columns: first what tells the rows apart, then one an output, named by its class where names are known, and for a
 * classification the class that is most likely. One row a row of the data, in its order.
 */
export function predictedColumns(
  { values, outputs }: Predictions,
  naming: OutputNaming,
  named: readonly NamedTexts[] = [],
): PredictedColumn[] {
  const { target, restore } = naming;
  const rows = values.length / outputs;
  const shown = Math.min(outputs, naming.outputs ?? outputs);
  const columns = outputNames(naming, shown).map((name, place): PredictedColumn => {
    const output = outputs - shown + place;
    const numbers = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      const value = values[row * outputs + output];
      numbers[row] = restore === undefined ? value : restore(value, output);
    }
    return { name, numbers };
  });
  const before = named.map(({ column, values: texts }): PredictedColumn => ({ name: column, texts }));
  if (target === 'numbers') return distinct([...before, ...columns]);
  const classOf = classNamer(naming);
  const texts = Array.from({ length: rows }, (_, row) => {
    const own = values.subarray((row + 1) * outputs - shown, (row + 1) * outputs);
    return classOf(target === 'binary' ? Number(own[0] > 0.5) : argmax(own));
  });
  return distinct([...before, ...columns, { name: 'class', texts }]);
}

/** Of columns of one name the first keeps it: what is kept of the data stands before what is predicted. */
function distinct(columns: readonly PredictedColumn[]): PredictedColumn[] {
  const taken = new Set<string>();
  return columns.map((column) => {
    let { name } = column;
    while (taken.has(name)) name += ' predicted';
    taken.add(name);
    return { ...column, name };
  });
}

/** The same as CSV. */
export function predictionsCsv(
  predictions: Predictions,
  naming: OutputNaming,
  named: readonly NamedTexts[] = [],
): string {
  const columns = predictedColumns(predictions, naming, named);
  const lines = [columns.map(({ name }) => quote(name)).join(',')];
  const rows = predictions.values.length / predictions.outputs;
  for (let row = 0; row < rows; row++) lines.push(columns.map((column) => cellOf(column, row)).join(','));
  return `${lines.join('\n')}\n`;
}

/** The same as JSON, one object a line. Numbers that JSON lacks are null. */
export function predictionsJson(
  predictions: Predictions,
  naming: OutputNaming,
  named: readonly NamedTexts[] = [],
): string {
  const columns = predictedColumns(predictions, naming, named);
  const rows = predictions.values.length / predictions.outputs;
  const lines = Array.from({ length: rows }, (_, row) => {
    const entries = columns.map((column) => [column.name, jsonOf(column, row)]);
    return `${JSON.stringify(Object.fromEntries(entries))}\n`;
  });
  return lines.join('');
}

function cellOf(column: PredictedColumn, row: number): string {
  return 'texts' in column ? quote(column.texts[row]) : shortest(column.numbers[row]);
}

function jsonOf(column: PredictedColumn, row: number): string | number {
  return 'texts' in column ? column.texts[row] : Number(shortest(column.numbers[row]));
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
