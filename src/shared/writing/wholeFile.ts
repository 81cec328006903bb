import { type BigIntStats, constants, createReadStream, fstatSync } from 'node:fs';
import { access, type FileHandle, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Writable } from 'node:stream';
import { destinationOf } from './destination.js';
import { removeLeftoversOnce, temporaryName } from './temporaries.js';

/** What is written: at once, or piece by piece. */
export type Content = Uint8Array | string | Iterable<Uint8Array>;

/**
 * Writes a file so that a reader, or a crash at any moment, finds either the old one or the new one whole: temporary
 * file beside it, fsync, rename, fsync of the directory. What a killed process left there is removed.
 *
 * Links are followed, and a file that is replaced keeps its mode and owner. Pipes, devices and outputs of this process are
 * written to, and so are files that cannot be renamed over, such as one that is mounted.
 */
export async function writeWholeFile(path: string, content: Content): Promise<void> {
  const destination = await destinationOf(path);
  if (destination.kind === 'stream') return writeToStream(destination.stream, content);
  if (destination.kind === 'open') return writeInPlace(destination.path, content);
  const { path: file, old } = destination;
  if (old !== null && !isOwn(old)) await access(file, constants.W_OK);
  await removeLeftoversOnce(dirname(file));
  await replaceFile(file, old, content);
}

async function replaceFile(path: string, old: BigIntStats | null, content: Content): Promise<void> {
  const temporary = join(dirname(path), temporaryName());
  const opened = await openBeside(temporary, old).catch((error) => {
    if (old === null) throw error;
    return null;
  });
  if (opened === null) return writeInPlace(path, content);
  try {
    await writeSynced(opened, content);
    await rename(temporary, path).catch(async (error) => {
      if (old === null) throw error;
      await writeInPlace(path, createReadStream(temporary));
      await rm(temporary, { force: true });
    });
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Opens the file that is to take the place of another, with the mode and the owner of that. */
async function openBeside(temporary: string, old: BigIntStats | null): Promise<FileHandle> {
  const file = await open(temporary, 'wx', old === null ? 0o666 : Number(old.mode & 0o777n));
  if (old === null) return file;
  try {
    const { uid, gid, mode } = fstatSync(file.fd, { bigint: true });
    if (uid !== old.uid || gid !== old.gid) await file.chown(Number(old.uid), Number(old.gid));
    if (mode !== old.mode) await file.chmod(Number(old.mode & 0o7777n));
    return file;
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A file of one's own that one may write to needs no further question. */
function isOwn({ mode, uid }: BigIntStats): boolean {
  return (mode & 0o200n) !== 0n && process.geteuid?.() === Number(uid);
}

/** What neither has a name of its own nor can be replaced holds a part while it is written. */
async function writeInPlace(path: string, content: Content | AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'w');
  const isFile = (await file.stat()).isFile();
  await writeSynced(file, content, isFile);
}

async function writeSynced(
  file: FileHandle,
  content: Content | AsyncIterable<Uint8Array>,
  isFile = true,
): Promise<void> {
  try {
    await writeFile(file, content);
    if (isFile) await file.sync();
  } finally {
    await file.close();
  }
}

/** One piece after the other, as its memory may be used again; a reader that has gone away is told by the stream. */
async function writeToStream(stream: Writable, content: Content): Promise<void> {
  const pieces = typeof content === 'string' || content instanceof Uint8Array ? [content] : content;
  for (const piece of pieces) {
    await new Promise<void>((resolve, reject) => {
      stream.write(piece, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** What was renamed in a directory is on disk when this resolves; some systems cannot be asked for that. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r').catch(() => null);
  try {
    await directory?.sync();
  } catch (error) {
    if (!['EINVAL', 'EPERM', 'ENOTSUP'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    await directory?.close();
  }
}
