import { copyFile, link, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from '../shared/writing/wholeFile.js';

/** `step-00001234.ckpt`: names sort as steps do. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(8, '0')}.ckpt`;
}

/** The checkpoint of the best epoch; it stays when newer ones push out the file it was written as. */
export const BEST = 'best.ckpt';

/** Paths of the checkpoints in a directory, newest first and the best one last; none when there is no such directory. */
export async function listCheckpoints(directory: string): Promise<string[]> {
  const names: string[] = await readdir(directory).catch(() => []);
  const best = names.includes(BEST) ? [BEST] : [];
  return [...stepsIn(names), ...best].map((name) => join(directory, name));
}

/** Makes a checkpoint the best one; a reader finds the old best or the new one whole. */
export async function markBest(path: string): Promise<void> {
  const temporary = `${path}.best.tmp`;
  await link(path, temporary).catch(() => copyFile(path, temporary));
  await rename(temporary, join(dirname(path), BEST));
  await syncDirectory(dirname(path));
}

/** Makes the directory and clears what a killed process left half written. */
export async function prepareCheckpoints(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const leftovers = (await readdir(directory)).filter((name) => name.endsWith('.tmp'));
  await Promise.all(leftovers.map((name) => rm(join(directory, name), { force: true })));
}

/** Removes all but the newest and the best. */
export async function pruneCheckpoints(directory: string, keep: number): Promise<void> {
  const old = stepsIn(await readdir(directory)).slice(keep);
  await Promise.all(old.map((name) => rm(join(directory, name), { force: true })));
}

/** Names of those that are named by their step, newest first. */
function stepsIn(names: readonly string[]): string[] {
  return names.filter((name) => /^step-\d+\.ckpt$/.test(name)).sort((a, b) => stepOf(b) - stepOf(a));
}

function stepOf(name: string): number {
  return Number(name.slice('step-'.length, -'.ckpt'.length));
}
