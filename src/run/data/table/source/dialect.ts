import { type CsvText, readRecords } from '../../../../coordinator/data/csvRecords.js';
import { numberReader } from '../../../../coordinator/data/numberCells.js';
import type { Dialect } from './source.js';

/** What a config says of how a file is cut and written; what it leaves out is found in the file. */
export interface DialectChoice extends Partial<Omit<Dialect, 'header' | 'delimiter'>> {
  readonly header?: boolean;
  readonly delimiter?: string;
}

const DELIMITERS = [',', ';', '\t', '|'];

/** How many records of a file are looked at. */
const LOOKED_AT = 100;

/** The first records of a file, cut as `text` says. */
export async function firstRecords(path: string, text: CsvText, most: number): Promise<string[][]> {
  const records: string[][] = [];
  await readRecords(path, text, (_, cells) => {
    records.push([...cells]);
    if (records.length === most) throw new Enough();
  }).catch((error: unknown) => {
    if (!(error instanceof Enough)) throw error;
  });
  return records;
}

class Enough extends Error {}

/** The delimiter that cuts the first records into the same number of cells, the more the better. */
export async function findDelimiter(path: string, skipRows: number): Promise<string> {
  let best = { delimiter: ',', score: 0 };
  for (const delimiter of DELIMITERS) {
    // Quotes that do not fit one delimiter may fit another; what fits none is told by whoever reads the file.
    const records = await firstRecords(path, { skipRows, delimiter }, LOOKED_AT).catch(() => []);
    const score = scoreOf(records);
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}

/** Records of the width of most of them count; a single column tells nothing. */
function scoreOf(records: readonly (readonly string[])[]): number {
  const counts = new Map<number, number>();
  for (const { length } of records) counts.set(length, (counts.get(length) ?? 0) + 1);
  const [[width, count] = [1, 0]] = [...counts].sort((a, b) => b[1] - a[1]);
  return width === 1 ? 0 : count / records.length + width / 1e6;
}

/** Marks of numbers that the cells of a file show: `1,5` or `1.234,5` where no cell is a number with a decimal point. */
export function findMarks(records: readonly (readonly string[])[]): Pick<Dialect, 'decimal' | 'thousands'> {
  const cells = records.flat().filter((cell) => /\d[.,]\d/.test(cell));
  const counts = FORMATS.map((format) => {
    const read = numberReader(format);
    return cells.filter((cell) => Number.isFinite(read(cell))).length;
  });
  const best = counts.indexOf(Math.max(...counts));
  return counts[best] === 0 ? {} : FORMATS[best];
}

/** The plainest first: it is taken where several fit as many cells. */
const FORMATS = [
  {},
  { decimal: ',' },
  { thousands: ',' },
  { decimal: ',', thousands: '.' },
  { decimal: ',', thousands: ' ' },
] as const satisfies readonly Pick<Dialect, 'decimal' | 'thousands'>[];
