import { z } from 'zod';
import { type LockstepError, userError } from '../shared/errors.js';
import { isAlive, isOfHere, type Owner, thisProcess } from '../shared/writing/owner.js';
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

export async function writeStatus(directory: string, status: Omit<RunStatus, 'time' | 'owner'>): Promise<void> {
  await writeJson(runPaths(directory).status, { ...status, time: new Date().toISOString(), owner: thisProcess() });
}

/** What stands in the file may be anything. */
const schema = z.looseObject({
  state: z.enum(['running', 'interrupted', 'failed', 'finished']),
  step: z.int().min(0),
  time: z.string(),
  owner: z.looseObject({
    host: z.string(),
    machine: z.string().exactOptional(),
    pid: z.int().min(0),
    started: z.string().nullable(),
  }),
});

export async function readStatus(directory: string): Promise<RunStatus | undefined> {
  const path = runPaths(directory).status;
  const found = await readJson(path);
  if (found === undefined) return undefined;
  const status = schema.safeParse(found);
  if (status.success) return status.data as RunStatus;
  throw userError('RUN_UNREADABLE', `${path} does not tell how a run stands; remove it if the run is yours.`);
}

/** What has become of a run: `killed` when it says that it is running, but its process is gone. */
export async function stateOf({ state, owner }: RunStatus): Promise<RunState | 'killed'> {
  return state === 'running' && (await isAlive(owner)) === false ? 'killed' : state;
}

/** Refuses a run that another living process of this machine is writing. */
export async function requireNotRunning(directory: string): Promise<void> {
  const status = await readStatus(directory);
  if (status?.state !== 'running' || status.owner.pid === process.pid) return;
  if (await isAlive(status.owner)) throw runBusy(directory, status.owner);
}

/** The error of a run that another process is writing. */
export function runBusy(directory: string, owner: Owner | undefined): LockstepError {
  const place = owner === undefined || isOfHere(owner) ? '' : ` on ${owner.host}`;
  const process = owner === undefined ? 'another process' : `process ${owner.pid}${place}`;
  return userError('RUN_BUSY', `${directory} is being trained by ${process}; wait for it, or stop it first.`);
}
