import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';

/** The bytes of a file that is to be read whole. A pipe would be waited for, and a device may not end. */
export async function sizeOfFile(path: string): Promise<number> {
  const found = await stat(path);
  requireFile(found);
  return found.size;
}

/** Throws unless what was found is a file. */
export function requireFile(found: Stats): void {
  if (found.isFile()) return;
  const code = found.isDirectory() ? 'EISDIR' : 'ENOTFILE';
  throw Object.assign(new Error(reasons[code]), { code });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EEXIST: 'something else stands in its place',
  EISDIR: 'it is a directory',
  ENOTFILE: 'it is a pipe or a device, not a file; write its content to a file first',
  ENOTDIR: 'its folder is not a directory',
  ENOSPC: 'the disk is full',
  EFBIG: 'the file would be larger than the system allows',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENXIO: 'nobody is at its other end',
  EPIPE: 'its reader has gone',
  EMFILE: 'this process may open no more files (ulimit -n)',
  ENFILE: 'the system can open no more files',
};

/** A file-system error in words. */
export function reason(error: unknown): string {
  return reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? firstLine(error);
}

/** The longest part of another library's message that is passed on. */
const MOST_LETTERS = 300;

/** The first line of an error's message, without what ends it, to stand within a sentence. */
export function firstLine(error: unknown): string {
  const { message } = error instanceof Error ? error : { message: String(error) };
  const line = message.split(/[\r\n\u2028\u2029]/)[0].replace(/[:.]$/, '');
  return line.length <= MOST_LETTERS ? line : `${line.slice(0, MOST_LETTERS)}…`;
}
