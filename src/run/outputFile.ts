import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type LockstepError, userError } from '../shared/errors.js';
import { reason } from '../shared/files.js';
import { destinationOf, isSameFile } from '../shared/writing/destination.js';
import { type Content, writeWholeFile } from '../shared/writing/wholeFile.js';

/** Writes what a command was asked to write to a path of the user's. */
export async function writeOutput(path: string, content: Content): Promise<void> {
  await writeWholeFile(path, content).catch((error) => {
    throw unwritable(path, error);
  });
}

/** Refuses one of the files that are read as the path to write to. */
export async function requireOtherFile(path: string, inputs: readonly string[]): Promise<void> {
  for (const input of inputs) {
    if (!(await isSameFile(path, input))) continue;
    const named = input === path ? '' : `, which is ${input},`;
    throw userError('OUT_IS_INPUT', `${path}${named} is read and would be lost; give another path.`);
  }
}

/** Refuses, before any work is done, a path that cannot be written to, or one of the files that are read. */
export async function requireOutput(path: string, inputs: readonly string[]): Promise<void> {
  await requireOtherFile(path, inputs);
  try {
    const destination = await destinationOf(path);
    if (destination.kind !== 'file') return;
    if (destination.old !== null) return await access(destination.path, constants.W_OK);
    const folder = dirname(destination.path);
    if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Whether a path leads to where this process prints its results. */
export async function isStandardOutput(path: string): Promise<boolean> {
  const destination = await destinationOf(path).catch(() => null);
  return destination?.kind === 'stream' && destination.stream === process.stdout;
}

/** The error of a path that the file system lets nobody write. */
export function unwritable(path: string, error: unknown): LockstepError {
  const isWithoutFolder = (error as NodeJS.ErrnoException).code === 'ENOENT';
  const why = isWithoutFolder ? `there is no folder ${dirname(path)}` : reason(error);
  return userError('OUT_UNWRITABLE', `${path} cannot be written: ${why}; give another path.`, error);
}
