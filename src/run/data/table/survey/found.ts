import { numberReader } from '../../../../coordinator/data/numberCells.js';
import type { FoundPath } from '../../found.js';
import { type DialectChoice, findDelimiter, findMarks, firstRecords } from '../source/dialect.js';

/** Names of files that hold tables of text. */
const TEXT_TABLE = /\.(csv|tsv|tab|psv)(\.gz)?$/;

/** Whether a file is a table, by its name. */
export function isTable({ name, isFolder }: FoundPath): boolean {
  return !isFolder && TEXT_TABLE.test(name);
}

/** Records that are looked at to find out how a file writes numbers. */
const LOOKED_AT = 1_000;

/** How a file of text is cut and written, as its first records show it: what a starter config says and `inspect` goes by. */
export async function findDialect(path: string): Promise<DialectChoice> {
  const delimiter = await findDelimiter(path, 0);
  const records = await firstRecords(path, { skipRows: 0, delimiter }, LOOKED_AT);
  const marks = findMarks(records);
  const read = numberReader(marks);
  const isNumbers = records.length > 0 && records[0].every((cell) => !Number.isNaN(read(cell)));
  return { delimiter, ...marks, header: !isNumbers };
}
