import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { userError } from '../../../../shared/errors.js';
import { reason } from '../../../../shared/files.js';

/** Names of tables, packed or not. */
export const TABLE_NAME = /\.((csv|tsv|tab|psv)(\.gz)?|parquet|pq|(jsonl|ndjson)(\.gz|\.zst)?)$/i;

/** The files that a path stands for: itself, the tables in a folder, or those whose names fit a pattern with *. By code point. */
export async function filesOf(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isFile()) return [path];
  if (found?.isDirectory()) return tablesIn(path, path, ({ name }) => TABLE_NAME.test(name));
  if (basename(path).includes('*')) {
    const pattern = basename(path)
      .split('*')
      .map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
    const fits = new RegExp(`^${pattern.join('.*')}$`);
    return tablesIn(path, dirname(path), ({ name }) => fits.test(name));
  }
  return [path];
}

async function tablesIn(given: string, folder: string, fits: (entry: { name: string }) => boolean): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw userError('DATA_UNREADABLE', `${folder} cannot be read: ${reason(error)}; give a folder of tables.`, error);
  });
  const names = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && fits(entry))
    .map(({ name }) => name)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const endings = new Set(
    names.map((name) => name.toLowerCase().replace(/^.*?\.(?=(csv|tsv|tab|psv|parquet|pq|jsonl|ndjson)\b)/, '')),
  );
  if (names.length > 0 && endings.size === 1) return names.map((name) => join(folder, name));
  const what =
    names.length === 0
      ? 'has no table (.csv, .tsv, .parquet, .jsonl)'
      : `has tables of several kinds (${[...endings].join(', ')})`;
  throw userError(
    'DATA_UNREADABLE',
    `${given} ${what}; give a table, a folder of tables of one kind, or a pattern such as data/*.csv.`,
  );
}
