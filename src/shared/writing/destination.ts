import { type BigIntStats, fstatSync } from 'node:fs';
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Writable } from 'node:stream';

/** Where a path leads to. */
export type Destination =
  /** A regular file or none yet, at the end of all links. */
  | { readonly kind: 'file'; readonly path: string; readonly old: BigIntStats | null }
  /** A pipe, a device, or a file that has no name. */
  | { readonly kind: 'open'; readonly path: string }
  /** An output of this process, which may be what no path can open. */
  | { readonly kind: 'stream'; readonly stream: Writable };

const MOST_LINKS = 40;

/** Follows a path as a program would that opens it for writing. */
export async function destinationOf(path: string): Promise<Destination> {
  const there = await statOrNull(path, lstat);
  const isLink = there?.isSymbolicLink() === true;
  const found = isLink ? await statOrNull(path) : there;
  if (found === null) return { kind: 'file', path: isLink ? await endOfLinks(path) : path, old: null };
  if (found.isDirectory()) throw Object.assign(new Error('it is a directory'), { code: 'EISDIR', syscall: 'open' });
  const stream = ownStream(found);
  if (stream !== null) return { kind: 'stream', stream };
  if (!isLink && found.isFile()) return { kind: 'file', path, old: found };
  const end = await realpath(path).catch(() => null);
  if (end === null || !found.isFile() || !isSame(found, await statOrNull(end))) return { kind: 'open', path };
  return { kind: 'file', path: end, old: found };
}

/** Whether two paths lead to one file that is there. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((path) => statOrNull(path).catch(() => null)));
  return first !== null && isSame(first, second);
}

function ownStream(found: BigIntStats): Writable | null {
  if (isSame(found, openedAs(1))) return process.stdout;
  return isSame(found, openedAs(2)) ? process.stderr : null;
}

function openedAs(fd: number): BigIntStats | null {
  try {
    return fstatSync(fd, { bigint: true });
  } catch {
    return null;
  }
}

function isSame(one: BigIntStats, other: BigIntStats | null): boolean {
  return other !== null && one.dev === other.dev && one.ino === other.ino;
}

async function statOrNull(path: string, look = stat): Promise<BigIntStats | null> {
  try {
    return await look(path, { bigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** The path that a link without a target names. */
async function endOfLinks(path: string): Promise<string> {
  let end = path;
  for (let link = 0; link < MOST_LINKS; link++) {
    const next = await readlink(end).catch(() => null);
    if (next === null) return end;
    end = resolve(await realpath(dirname(end)), next);
  }
  return end;
}
