import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database, identifier, literal } from './database.js';

/** A column to write: float32 numbers, or texts. */
export type WrittenColumn =
  | { readonly name: string; readonly numbers: Float32Array }
  | { readonly name: string; readonly texts: readonly string[] };

/** Columns of the same length as a Parquet file, compressed with Zstandard. Names that repeat get a number. */
export async function parquetOf(columns: readonly WrittenColumn[]): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-'));
  const path = join(folder, 'rows.parquet');
  const database = await Database.open('Parquet');
  try {
    const names = distinct(columns.map(({ name }) => name));
    const types = columns.map((column, i) => `${identifier(names[i])} ${'texts' in column ? 'varchar' : 'float'}`);
    await database.run(`create table rows (${types.join(', ')})`);
    await database.append(
      'rows',
      columns.map((column) => ('texts' in column ? column.texts : column.numbers)),
    );
    await database.run(`copy rows to ${literal(path)} (format parquet, compression zstd)`);
    return await readFile(path);
  } finally {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Names in which case does not tell two apart, as in SQL. */
function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name === '' ? 'column' : name;
    for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${name} ${n}`;
    taken.add(free.toLowerCase());
    return free;
  });
}
