import { numberReader } from '../../../../coordinator/data/numberCells.js';
import type { FoundPath } from '../../found.js';
import { type DialectChoice, findDelimiter, findMarks, firstRecords } from '../source/dialect.js';
import { filesOf, TABLE_NAME } from '../source/files.js';

/** Whether a file is a table, by its name, or a folder holds tables and nothing else that counts. */
export function isTable({ name, isFolder, entries }: FoundPath): boolean {
  if (!isFolder) return TABLE_NAME.test(name);
  const files = entries.filter((entry) => !entry.isFolder && !entry.name.startsWith('.'));
  return files.length > 0 && files.length === entries.length && files.every((entry) => TABLE_NAME.test(entry.name));
}

/** Records that are looked at to find out how a file writes numbers. */
const LOOKED_AT = 1_000;

/** How a file of text is cut and written, as its first records show it: what a starter config says and `inspect` goes by. */
export async function findDialect(given: string): Promise<DialectChoice> {
  const [path] = await filesOf(given);
  if (!/\.(csv|tsv|tab|psv)(\.gz)?$/i.test(path)) return {};
  const delimiter = await findDelimiter(path, 0);
  const records = await firstRecords(path, { skipRows: 0, delimiter }, LOOKED_AT);
  const marks = findMarks(records);
  const read = numberReader(marks);
  const isNumbers = records.length > 0 && records[0].every((cell) => !Number.isNaN(read(cell)));
  return { delimiter, ...marks, header: !isNumbers };
}
