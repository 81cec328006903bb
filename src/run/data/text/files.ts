import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { listFiles, type WantedFiles } from '../../../coordinator/data/classFolder.js';
import { userError } from '../../../shared/errors.js';
import { reason } from '../../../shared/files.js';

/** Files that are taken for texts. */
export const textFiles: WantedFiles = { what: 'texts', ends: ['.txt'] };

/** The text of a file in UTF-8. */
export async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw userError('DATA_UNREADABLE', `${path} cannot be read: ${reason(error)}; give a text file.`, error);
  });
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw userError('DATA_UNREADABLE', `${path} is no text in UTF-8; save it in that encoding.`, error);
  }
}

/** Whether a path is a folder whose folders are classes. */
export async function hasClasses(path: string): Promise<boolean> {
  const names = await namesIn(path);
  return names.length > 0 && names.every((name) => name.includes('/'));
}

/** The texts of a file, or of all files of a folder in the order of their names. */
export async function readRunning(path: string): Promise<string[]> {
  const names = await namesIn(path);
  return Promise.all(names.length === 0 ? [readText(path)] : names.map((name) => readText(join(path, name))));
}

/** Names of the texts below a folder; none for a file. */
async function namesIn(path: string): Promise<string[]> {
  const found = await stat(path).catch((error: unknown) => {
    throw userError(
      'DATA_UNREADABLE',
      `${path} cannot be read: ${reason(error)}; give a text file or a folder.`,
      error,
    );
  });
  return found.isDirectory() ? (await listFiles(path, textFiles, [])).map(({ name }) => name) : [];
}

/** sha256 over texts, in hex: tells whether a resumed run sees the same ones. */
export function digestOf(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}\n`).update(text);
  return hash.digest('hex');
}
