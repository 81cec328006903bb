import { mkdir, readdir, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fault, userError } from '../shared/errors.js';
import { reason } from '../shared/files.js';
import { parseStoredConfig } from './config/read.js';
import type { RunConfig } from './config/schema.js';
import { readJson } from './json.js';
import { runPaths } from './paths.js';
import { requireSameRun } from './sameRun.js';
import { readStatus, requireNotRunning, stateOf } from './status.js';

/** Where a run is going to be written. */
export interface RunDirectory {
  /** Absolute; a new run without `out` gets a number when this is taken. */
  readonly directory: string;
  readonly kind: 'new' | 'resumed';
  readonly numbered: boolean;
  /** The config that a resumed run was started with. */
  readonly stored?: RunConfig;
}

/** Whether to go on with a run: never, always, or only where one has begun, which leaves an empty directory to begin in. */
export type Resume = boolean | 'ifBegun';

/** Chooses the directory of a run and creates nothing: a new one, or the one to resume. */
export async function chooseRunDirectory(config: RunConfig, resume: Resume): Promise<RunDirectory> {
  const { out } = config.run;
  if (resume === 'ifBegun' && out !== undefined && !(await hasBegun(out))) {
    return { directory: out, kind: 'new', numbered: false };
  }
  if (!resume) {
    if (out !== undefined) await requireFree(out);
    return { directory: out ?? defaultDirectory(config.name), kind: 'new', numbered: out === undefined };
  }
  const directory = out ?? (await newestRun(config.name));
  const stored = await storedRun(directory);
  await requireNotRunning(directory);
  requireSameRun(config, stored, shorten(directory));
  return { directory, kind: 'resumed', numbered: false, stored };
}

/** Makes the directory of a new run; two that start at once get different ones. */
export async function createDirectory({ directory, numbered }: RunDirectory): Promise<string> {
  try {
    await mkdir(dirname(directory), { recursive: true });
    if (numbered) return await claimNumbered(directory);
    await mkdir(directory, { recursive: true });
    return directory;
  } catch (error) {
    throw userError(
      'RUN_UNWRITABLE',
      `The run directory ${directory} cannot be made: ${reason(error)}; give another --out.`,
      error,
    );
  }
}

/** The config that a run directory stores. */
export async function storedRun(directory: string): Promise<RunConfig> {
  const stored = await readJson(runPaths(directory).config);
  if (stored !== undefined) return parseStoredConfig(stored, runPaths(directory).config);
  throw userError('NO_RUN', `There is no run in ${shorten(directory)} to resume; leave --resume out to start one.`);
}

/** A path as the user would type it. */
export function shorten(path: string): string {
  const fromHere = relative(process.cwd(), path);
  return fromHere === '' || fromHere.startsWith('..') ? path : fromHere;
}

async function hasBegun(directory: string): Promise<boolean> {
  return (await readJson(runPaths(directory).config)) !== undefined;
}

function defaultDirectory(name: string): string {
  return resolve('runs', name);
}

async function claimNumbered(base: string): Promise<string> {
  for (let number = 1; number < 100_000; number++) {
    const directory = number === 1 ? base : `${base}-${number}`;
    const error = await mkdir(directory).then(
      () => undefined,
      (failed: NodeJS.ErrnoException) => failed,
    );
    if (error === undefined) return directory;
    if (error.code !== 'EEXIST') throw error;
  }
  throw fault('RUN_UNWRITABLE', `${base} and all its numbers are taken; remove old runs.`);
}

/** An explicit directory is never written over. */
async function requireFree(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isDirectory())
    throw userError('RUN_EXISTS', `${shorten(directory)} is a file; give a directory as --out.`);
  if ((await readdir(directory)).length === 0) return;
  const status = await readStatus(directory);
  const holds = status === undefined ? 'is not empty' : `already holds a run (${await stateOf(status)})`;
  const next = status === undefined ? 'give another --out' : 'add --resume to go on with it, or give another --out';
  throw userError('RUN_EXISTS', `${shorten(directory)} ${holds}; ${next}.`);
}

/** The run of this name that was started last: the one with the highest number. */
async function newestRun(name: string): Promise<string> {
  const base = defaultDirectory(name);
  const entries = await readdir(dirname(base)).catch(() => []);
  const numbers = entries.flatMap((entry) => numberOf(entry, name)).sort((a, b) => b - a);
  for (const number of numbers) {
    const directory = join(dirname(base), number === 1 ? name : `${name}-${number}`);
    if (
      await stat(runPaths(directory).config).then(
        () => true,
        () => false,
      )
    )
      return directory;
  }
  throw userError(
    'NO_RUN',
    `There is no run of ${name} in ${shorten(dirname(base))} to resume; leave --resume out to start one, or name its directory with --out.`,
  );
}

function numberOf(entry: string, name: string): number[] {
  if (entry === name) return [1];
  const number = entry.startsWith(`${name}-`) ? Number(entry.slice(name.length + 1)) : Number.NaN;
  return Number.isInteger(number) && number > 1 ? [number] : [];
}
