import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { userError } from '../shared/errors.js';
import { reason } from '../shared/files.js';
import { listCheckpoints, prunableCheckpoints } from './checkpoints.js';
import { runPaths } from './paths.js';
import { readRun } from './report/read.js';
import { bestEpoch } from './report/sections.js';
import { readStatus, requireNotRunning } from './status.js';

/** A run as a list shows it. */
export interface ListedRun {
  readonly directory: string;
  readonly name: string;
  /** `unreadable` where its files do not tell. */
  readonly state: string;
  readonly epochs: number;
  readonly epochsAsked: number;
  /** The lowest loss, of validation where there is one, and its epoch. */
  readonly best?: { readonly name: string; readonly value: number; readonly epoch: number };
  /** When its state was last written, in milliseconds since 1970; 0 where that is not known. */
  readonly written: number;
  readonly bytes: number;
}

/** The runs in a folder, the newest first. */
export async function listRuns(folder: string): Promise<ListedRun[]> {
  const names = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw userError(
      'NO_RUNS',
      `${folder} cannot be listed: ${reason(error)}; give a folder with run directories.`,
      error,
    );
  });
  const directories = names.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  const listed = await Promise.all(directories.map(listRun));
  return listed.filter((run) => run !== null).sort((a, b) => b.written - a.written);
}

/** null for a folder that is no run. */
async function listRun(directory: string): Promise<ListedRun | null> {
  const isRun = await stat(runPaths(directory).config).catch(() => null);
  if (isRun === null) return null;
  const bytes = await bytesIn(directory);
  const nothing = { directory, name: '', epochs: 0, epochsAsked: 0, written: 0, bytes };
  try {
    const [run, status] = [await readRun(directory), await readStatus(directory)];
    const best = bestEpoch(run);
    return {
      ...nothing,
      name: run.config.name,
      state: run.state,
      epochs: run.epochs.at(-1)?.epoch ?? 0,
      epochsAsked: run.config.fit.epochs,
      written: status === undefined ? 0 : Date.parse(status.time),
      ...(best !== undefined && { best }),
    };
  } catch {
    return { ...nothing, state: 'unreadable' };
  }
}

async function bytesIn(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(entries.map((name) => stat(join(directory, name)).catch(() => null)));
  return sizes.reduce((sum, found) => sum + (found?.isFile() === true ? found.size : 0), 0);
}

/** Checkpoints that could go. */
export interface Prunable {
  readonly directory: string;
  readonly paths: readonly string[];
  readonly bytes: number;
}

/**
 * The checkpoints of a run beside its newest `keep` and the best one.
 *
 * @throws LockstepError `RUN_BUSY` where the run is being trained.
 */
export async function prunableIn(directory: string, keep: number): Promise<Prunable> {
  await requireNotRunning(directory);
  const paths = prunableCheckpoints(await listCheckpoints(runPaths(directory).checkpoints), keep);
  const sizes = await Promise.all(paths.map(async (path) => (await stat(path)).size));
  return { directory, paths, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

export async function removePrunable({ paths }: Prunable): Promise<void> {
  for (const path of paths) await rm(path, { force: true });
}
