import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { userError } from '../../shared/errors.js';
import { reason, requireFile } from '../../shared/files.js';

/** A file or folder that somebody names, before its format is known. */
export interface FoundPath {
  readonly path: string;
  /** Its last part in lower case: `iris.csv.gz`. */
  readonly name: string;
  readonly isFolder: boolean;
  /** The first bytes of a file, at most `HEAD_BYTES`; of a folder none. */
  readonly head: Buffer;
  /** Names in a folder, by code point, at most `MOST_ENTRIES`; of a file none. */
  readonly entries: readonly FolderEntry[];
  /** Names of the files in the first folder within a folder that has one, as many; else none. */
  readonly inside: readonly string[];
}

export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

/** Ample for the first lines of a table and every magic number. */
export const HEAD_BYTES = 65_536;
export const MOST_ENTRIES = 1_000;

/** Looks at a path: what it is called and how it begins. */
export async function lookAt(path: string): Promise<FoundPath> {
  try {
    const name = basename(path).toLowerCase();
    const found = await stat(path);
    if (found.isDirectory()) {
      const entries = await entriesOf(path);
      return { path, name, isFolder: true, head: Buffer.alloc(0), entries, inside: await insideOf(path, entries) };
    }
    requireFile(found);
    return { path, name, isFolder: false, head: await headOf(path), entries: [], inside: [] };
  } catch (error) {
    throw userError(
      'DATA_UNREADABLE',
      `${path} cannot be read: ${reason(error)}; give a file or folder of data.`,
      error,
    );
  }
}

async function headOf(path: string): Promise<Buffer> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(HEAD_BYTES), position: 0 });
  return buffer.subarray(0, bytesRead);
}

/** A folder of classes is known by what one of them holds. */
async function insideOf(path: string, entries: readonly FolderEntry[]): Promise<string[]> {
  const first = entries.find(({ name, isFolder }) => isFolder && !name.startsWith('.'));
  const inside = first === undefined ? [] : await entriesOf(join(path, first.name));
  return inside.filter(({ isFolder }) => !isFolder).map(({ name }) => name);
}

async function entriesOf(path: string): Promise<FolderEntry[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)))
    .slice(0, MOST_ENTRIES);
}
