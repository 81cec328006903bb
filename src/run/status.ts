import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { userError } from '../shared/errors.js';
import { readJson, writeJson } from './json.js';
import { runPaths } from './paths.js';

/** Where a run stands. `running` in the file of a process that is gone means that it was killed. */
export type RunState = 'running' | 'interrupted' | 'failed' | 'finished';

/** The status file of a run. */
export interface RunStatus {
  readonly state: RunState;
  /** Updates applied when this was written. */
  readonly step: number;
  /** When this was written, ISO 8601. */
  readonly time: string;
  readonly owner: Owner;
  /** What ended a failed run. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** The process that writes a run. */
interface Owner {
  readonly host: string;
  readonly pid: number;
  /** When it started, where the system tells: pids come round again. */
  readonly started: string | null;
}

export async function writeStatus(directory: string, status: Omit<RunStatus, 'time' | 'owner'>): Promise<void> {
  const owner: Owner = { host: hostname(), pid: process.pid, started: await startOf(process.pid) };
  await writeJson(runPaths(directory).status, { ...status, time: new Date().toISOString(), owner });
}

export async function readStatus(directory: string): Promise<RunStatus | undefined> {
  return readJson(runPaths(directory).status);
}

/** What has become of a run: `killed` when it says that it is running, but its process is gone. */
export async function stateOf({ state, owner }: RunStatus): Promise<RunState | 'killed'> {
  if (state !== 'running' || owner.host !== hostname() || owner.started === null) return state;
  return (await startOf(owner.pid)) === owner.started ? 'running' : 'killed';
}

/** Refuses a run that another living process is writing. */
export async function requireNotRunning(directory: string): Promise<void> {
  const status = await readStatus(directory);
  if (status === undefined || (await stateOf(status)) !== 'running') return;
  const { host, pid, started } = status.owner;
  // Without the start time a process of this number may be any; the user knows better.
  if (host !== hostname() || started === null || pid === process.pid) return;
  throw userError('RUN_BUSY', `${directory} is being trained by process ${pid}; wait for it, or stop it first.`);
}

/** The process that wrote the status of a run last. */
export async function ownerOf(directory: string): Promise<Owner | undefined> {
  return (await readStatus(directory))?.owner;
}

/** When a process started, in the system's ticks; null when it is gone or the system has no /proc. */
async function startOf(pid: number): Promise<string | null> {
  const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  // Fields 3 and 22; the name before them stands in parentheses and may hold anything.
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ') ?? [];
  const hasEnded = fields[0] === 'Z' || fields[0] === 'X';
  return hasEnded ? null : (fields[19] ?? null);
}
