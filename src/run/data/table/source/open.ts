import { basename } from 'node:path';
import { namesOf, refuseNumbers } from '../../../../coordinator/data/csvColumns.js';
import { numberReader } from '../../../../coordinator/data/numberCells.js';
import { userError } from '../../../../shared/errors.js';
import { Database, hasEngine } from './database.js';
import { type DialectChoice, findDelimiter, firstRecords } from './dialect.js';
import { filesOf } from './files.js';
import { joinedTable } from './joined.js';
import { plainCsv } from './plainCsv.js';
import { quickCsv } from './quickCsv.js';
import type { Dialect, SourceColumn, TableSource } from './source.js';
import { jsonTable, parquetTable } from './typed.js';

/** Opens a table of any kind, a folder or a pattern of files: what its columns are is known, no row is read yet. */
export async function openTable(path: string, choice: DialectChoice): Promise<TableSource> {
  const files = await filesOf(path);
  const database = once(() => Database.open(path));
  const first = await openFile(files[0], choice, database);
  if (files.length === 1) return first;
  // All files are cut as the first one is.
  const settled = { ...choice, ...first.dialect };
  const parts = [first];
  for (const file of files.slice(1)) parts.push(await openFile(file, settled, database));
  return joinedTable(path, parts);
}

type Opening = () => Promise<Database>;

/** Files of one table share a database. */
function once(open: Opening): Opening {
  let opened: Promise<Database> | undefined;
  return () => (opened ??= open());
}

async function openFile(path: string, choice: DialectChoice, database: Opening): Promise<TableSource> {
  const name = basename(path).toLowerCase();
  if (/\.(parquet|pq)$/.test(name)) return parquetTable(await database(), path);
  if (/\.(jsonl|ndjson|json)(\.gz|\.zst)?$/.test(name)) return jsonTable(await database(), path);
  return openCsv(path, choice, database);
}

async function openCsv(path: string, choice: DialectChoice, database: Opening): Promise<TableSource> {
  const { header, skipRows = 0, decimal, thousands } = choice;
  const format = { ...(decimal !== undefined && { decimal }), ...(thousands !== undefined && { thousands }) };
  const delimiter = choice.delimiter ?? (await findDelimiter(path, skipRows));
  const [first] = await firstRecords(path, { skipRows, delimiter }, 1);
  if (first === undefined) throw userError('CSV_EMPTY', `${path} is empty; give at least one row of data.`);
  if (header === undefined) refuseNumbers(path, first, numberReader(format));
  const dialect: Dialect = { ...format, delimiter, skipRows, header: header ?? true };
  const columns = namesOf(first, dialect.header).map((name): SourceColumn => ({ name, type: 'text' }));
  if (!(await hasEngine())) return plainCsv(path, columns, dialect);
  return quickCsv(await database(), path, columns, dialect);
}
