import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** `step-00001234.ckpt`: names sort as steps do. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(8, '0')}.ckpt`;
}

/** Paths of the checkpoints in a directory, newest first; none when there is no such directory. */
export async function listCheckpoints(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((name) => /^step-\d+\.ckpt$/.test(name))
    .sort((a, b) => stepOf(b) - stepOf(a))
    .map((name) => join(directory, name));
}

/** Makes the directory and clears what a killed process left half written. */
export async function prepareCheckpoints(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const leftovers = (await readdir(directory)).filter((name) => name.endsWith('.tmp'));
  await Promise.all(leftovers.map((name) => rm(join(directory, name), { force: true })));
}

/** Removes all but the newest. */
export async function pruneCheckpoints(directory: string, keep: number): Promise<void> {
  const old = (await listCheckpoints(directory)).slice(keep);
  await Promise.all(old.map((path) => rm(path, { force: true })));
}

function stepOf(name: string): number {
  return Number(name.slice('step-'.length, -'.ckpt'.length));
}
