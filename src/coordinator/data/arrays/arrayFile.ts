import { stat } from 'node:fs/promises';
import { userError } from '../../../shared/errors.js';
import { sizeOfFile } from '../../../shared/files.js';
import { listed, named } from '../quoted.js';
import { FileBytes, unreadable } from './byteSources.js';
import type { ByteSource, StoredArray } from './storedArray.js';

/** A file of arrays, open: arrays are found by name, and read when somebody asks for their rows. */
export interface ArrayFile {
  readonly path: string;
  readonly names: readonly string[];
  /** The array of that name. One that is packed is unpacked then. */
  open(name: string): Promise<StoredArray>;
  /** Nothing more is read from it. */
  close(): void;
}

/** The array of a name; where there is none the error lists those that there are. */
export async function arrayOf(file: ArrayFile, name: string): Promise<StoredArray> {
  if (file.names.includes(name)) return file.open(name);
  throw userError(
    'ARRAY_MISSING',
    `${file.path} has no array ${named(name)}, but ${listed(file.names, 10)}; name one of them.`,
  );
}

/** A file of a single array, which is called as the file. */
export function singleArray(path: string, array: StoredArray, close: () => void): ArrayFile {
  return { path, names: [''], open: async () => array, close };
}

/** Opens a file for the readers of arrays, with its size. */
export async function openBytes(path: string): Promise<{ source: FileBytes; size: number }> {
  try {
    const size = await sizeOfFile(path);
    return { source: new FileBytes(path), size };
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === undefined || (error as { blame?: string }).blame
      ? error
      : unreadable(path, error);
  }
}

/** Whether a path is a folder; one that does not exist is none. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** The first bytes of a source, fewer where it has fewer. */
export function headOf(source: ByteSource, size: number, bytes: number): Buffer {
  const head = Buffer.alloc(Math.min(size, bytes));
  source.readAt(head, 0);
  return head;
}
