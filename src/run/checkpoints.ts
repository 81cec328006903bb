import { copyFile, link, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { userError } from '../shared/errors.js';
import { reason } from '../shared/files.js';
import { temporaryName } from '../shared/writing/temporaries.js';
import { syncDirectory } from '../shared/writing/wholeFile.js';

/** `step-00001234.ckpt`: names sort as steps do. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(8, '0')}.ckpt`;
}

/** The checkpoint of the best epoch; it stays when newer ones push out the file it was written as. */
export const BEST = 'best.ckpt';

export function isCheckpoint(name: string): boolean {
  return name === BEST || /^step-\d+\.ckpt$/.test(name);
}

/** Paths of the checkpoints in a directory, newest first and the best one last; none when there is no such directory. */
export async function listCheckpoints(directory: string): Promise<string[]> {
  const names: string[] = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    // A run whose checkpoints cannot be read is not one that has none.
    const why = error.code === 'ENOTDIR' ? 'it is a file in the place of a folder' : reason(error);
    throw userError('RUN_UNREADABLE', `${directory} cannot be read: ${why}.`, error);
  });
  const best = names.includes(BEST) ? [BEST] : [];
  return [...stepsIn(names), ...best].map((name) => join(directory, name));
}

/** Makes a checkpoint the best one; a reader finds the old best or the new one whole. */
export async function markBest(path: string): Promise<void> {
  const temporary = join(dirname(path), temporaryName());
  await link(path, temporary).catch(() => copyFile(path, temporary));
  await rename(temporary, join(dirname(path), BEST));
  await syncDirectory(dirname(path));
}

/** Removes all but the newest and the best. */
export async function pruneCheckpoints(directory: string, keep: number): Promise<void> {
  const old = prunableCheckpoints(await listCheckpoints(directory), keep);
  await Promise.all(old.map((path) => rm(path, { force: true })));
}

/** Of checkpoints as they are listed, all but the newest `keep` and the best. */
export function prunableCheckpoints(listed: readonly string[], keep: number): string[] {
  return listed.filter((path) => basename(path) !== BEST).slice(keep);
}

/** Names of those that are named by their step, newest first. */
function stepsIn(names: readonly string[]): string[] {
  return names.filter((name) => /^step-\d+\.ckpt$/.test(name)).sort((a, b) => stepOf(b) - stepOf(a));
}

function stepOf(name: string): number {
  return Number(name.slice('step-'.length, -'.ckpt'.length));
}
