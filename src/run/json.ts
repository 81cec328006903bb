import { readFile } from 'node:fs/promises';
import { userError } from '../shared/errors.js';
import { reason, sizeOfFile } from '../shared/files.js';
import { writeWholeFile } from '../shared/writing/wholeFile.js';

/** Writes a value as readable JSON; a reader finds the old file or the new one whole. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeWholeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Reads a JSON file that Lockstep wrote, or undefined when there is none. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    await sizeOfFile(path);
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw userError('RUN_UNREADABLE', `${path} cannot be read: ${reason(error)}.`, error);
  }
}
