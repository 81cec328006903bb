import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isAlive, thisProcess } from './owner.js';

/** Files half written carry the process that writes them in their names, so that a later one knows what was left behind. */
const PATTERN = /^\.lockstep-([0-9a-f]{8})-(\d+)-(\d+)-[0-9a-f]{8}\.tmp$/;

/** Nobody writes for so long without a change: a file of a process that cannot be looked up is then a leftover. */
const FORGOTTEN_MS = 3_600_000;

export function temporaryName(): string {
  const { machine, pid, started } = thisProcess();
  return `.lockstep-${machine}-${pid}-${started ?? 0}-${randomBytes(4).toString('hex')}.tmp`;
}

export function isTemporary(name: string): boolean {
  return PATTERN.test(name);
}

const cleared = new Set<string>();

/** As `removeLeftovers`, the first time that this thread writes to a directory. */
export async function removeLeftoversOnce(directory: string): Promise<void> {
  if (cleared.has(directory)) return;
  cleared.add(directory);
  await removeLeftovers(directory);
}

/**
 * Removes from a directory what processes that are gone have left half written there; all else stays. `forgotten`: how long
 * a file stays, in milliseconds, whose process cannot be looked up.
 */
export async function removeLeftovers(directory: string, forgotten = FORGOTTEN_MS): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  await Promise.all(
    names.filter(isTemporary).map(async (name) => {
      const path = join(directory, name);
      if (await isLeftover(name, path, forgotten)) await rm(path, { force: true }).catch(() => {});
    }),
  );
}

async function isLeftover(name: string, path: string, forgotten: number): Promise<boolean> {
  const [, machine, pid, started] = PATTERN.exec(name) ?? [];
  const alive = await isAlive({ host: '', machine, pid: Number(pid), started: started === '0' ? null : started });
  if (alive !== null) return !alive;
  const found = await stat(path).catch(() => null);
  return found !== null && Date.now() - found.mtimeMs >= forgotten;
}
