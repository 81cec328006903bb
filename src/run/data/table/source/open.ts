import { namesOf, refuseNumbers } from '../../../../coordinator/data/csvColumns.js';
import { numberReader } from '../../../../coordinator/data/numberCells.js';
import { userError } from '../../../../shared/errors.js';
import { Database, importDuckdb } from './database.js';
import { type DialectChoice, findDelimiter, firstRecords } from './dialect.js';
import { plainCsv } from './plainCsv.js';
import { quickCsv } from './quickCsv.js';
import type { Dialect, SourceColumn, TableSource } from './source.js';

/** Opens a table of any kind: what its columns are is known, no row is read yet. */
export async function openTable(path: string, choice: DialectChoice): Promise<TableSource> {
  return openCsv(path, choice);
}

async function openCsv(path: string, choice: DialectChoice): Promise<TableSource> {
  const { header, skipRows = 0, decimal, thousands } = choice;
  const format = { ...(decimal !== undefined && { decimal }), ...(thousands !== undefined && { thousands }) };
  const delimiter = choice.delimiter ?? (await findDelimiter(path, skipRows));
  const [first] = await firstRecords(path, { skipRows, delimiter }, 1);
  if (first === undefined) throw userError('CSV_EMPTY', `${path} is empty; give at least one row of data.`);
  if (header === undefined) refuseNumbers(path, first, numberReader(format));
  const dialect: Dialect = { ...format, delimiter, skipRows, header: header ?? true };
  const columns = namesOf(first, dialect.header).map((name): SourceColumn => ({ name, type: 'text' }));
  if ((await importDuckdb()) === undefined) return plainCsv(path, columns, dialect);
  return quickCsv(await Database.open(path), path, columns, dialect);
}
