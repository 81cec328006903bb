import { randomBytes } from 'node:crypto';
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** What is written: at once, or piece by piece. */
type Content = Uint8Array | string | Iterable<Uint8Array>;

/**
 * Writes a file so that a reader, or a crash at any moment, finds either the old one or the new one whole: temporary
 * file beside it, fsync, rename, fsync of the directory.
 */
export async function writeFileAtomically(path: string, content: Content): Promise<void> {
  const temporary = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await writeSynced(temporary, content);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

async function writeSynced(path: string, content: Content): Promise<void> {
  const file = await open(path, 'w');
  try {
    await writeFile(file, content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** What was renamed in a directory is on disk when this resolves. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** The bytes of a file that is to be read whole. A pipe would be waited for, and a device may not end. */
export async function sizeOfFile(path: string): Promise<number> {
  const found = await stat(path);
  if (found.isFile()) return found.size;
  const code = found.isDirectory() ? 'EISDIR' : 'ENOTFILE';
  throw Object.assign(new Error(reasons[code]), { code });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission is denied',
  EISDIR: 'it is a directory',
  ENOTFILE: 'it is a pipe or a device, not a file; write its content to a file first',
  ENOTDIR: 'its folder is not a directory',
  ENOSPC: 'the disk is full',
  EFBIG: 'the file would be larger than the system allows',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
};

/** A file-system error in words. */
export function reason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ''] ?? message;
}

/** The longest part of another library's message that is passed on. */
const MOST_LETTERS = 300;

/** The first line of an error's message, without what ends it, to stand within a sentence. */
export function firstLine(error: unknown): string {
  const { message } = error instanceof Error ? error : { message: String(error) };
  const line = message.split(/[\r\n\u2028\u2029]/)[0].replace(/[:.]$/, '');
  return line.length <= MOST_LETTERS ? line : `${line.slice(0, MOST_LETTERS)}…`;
}
