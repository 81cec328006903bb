import { constants } from 'node:fs';
import { access, mkdir, open, readdir, rm, rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { LockstepError, userError } from '../shared/errors.js';
import { reason, sizeOfFile } from '../shared/files.js';
import { removeLeftovers, temporaryName } from '../shared/writing/temporaries.js';
import { isCheckpoint } from './checkpoints.js';
import { runPaths } from './paths.js';
import { shorten } from './runDirectory.js';

/**
 * Makes the folders of a run, clears what a killed process left half written in it, and tries that all can be written that
 * a run writes. Whoever calls holds the lock, so no process but one that is gone has begun a file there.
 */
export async function prepareDirectory(directory: string): Promise<void> {
  const { checkpoints, model, log, metrics } = runPaths(directory);
  await mkdir(checkpoints, { recursive: true });
  for (const folder of [directory, checkpoints, model]) {
    await removeLeftovers(folder, 0);
    await removeOldLeftovers(folder);
  }
  for (const file of [log, metrics]) await unlessAbsent(requireWritable(file));
  await tryToMakeFile(checkpoints);
  await unlessAbsent(tryToMakeFile(model));
  for (const file of ['model.json', 'weights.bin']) await unlessAbsent(requireWritable(join(model, file)));
}

/** Removes what a run has written and, where it was made for it, the directory. What others have put there stays. */
export async function removeRun(directory: string, isMade: boolean): Promise<void> {
  const { checkpoints, model: _, tensorBoard: _shown, ...files } = runPaths(directory);
  const names = await readdir(checkpoints).catch(() => []);
  const written = names.filter(isCheckpoint).map((name) => join(checkpoints, name));
  for (const path of [...written, ...Object.values(files)]) await rm(path, { force: true }).catch(() => {});
  await rmdir(checkpoints).catch(() => {});
  if (isMade) await rmdir(directory).catch(() => {});
}

/** The error of a run that the file system lets nobody write; any other error as it is. */
export function unwritableRun(directory: string, error: unknown): unknown {
  const { code, path } = error as NodeJS.ErrnoException;
  if (error instanceof LockstepError || code === undefined) return error;
  const where = path === undefined || basename(path) === basename(directory) ? '' : ` (${shorten(path)})`;
  return userError(
    'RUN_UNWRITABLE',
    `The run directory ${shorten(directory)} cannot be written to: ${reason(error)}${where}; mend that, or give another --out.`,
    error,
  );
}

/** As Lockstep named them before they carried their process in their names. */
const OLD_LEFTOVER =
  /^((step-\d+|best)\.ckpt|(config|status|preprocessing|model)\.json|metrics\.jsonl|weights\.bin)(\.\w+)?\.tmp$/;

async function removeOldLeftovers(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const old = names.filter((name) => OLD_LEFTOVER.test(name));
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })));
}

/** Makes none where there is none. */
async function requireWritable(file: string): Promise<void> {
  try {
    await sizeOfFile(file);
    await access(file, constants.W_OK);
  } catch (error) {
    throw Object.assign(error as Error, { path: file });
  }
}

async function tryToMakeFile(folder: string): Promise<void> {
  const path = join(folder, temporaryName());
  await (await open(path, 'wx')).close();
  await rm(path);
}

async function unlessAbsent(work: Promise<void>): Promise<void> {
  await work.catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
