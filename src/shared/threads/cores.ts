import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** Cores that threads of this process may use. */
export interface Cores {
  /** Whole cores, at least 1. */
  readonly cores: number;
  /** Processors that the control groups of the process allow, such as 1.5; absent where they allow all. */
  readonly quota?: number;
}

/** Reads a file of the system; undefined where it is not there. */
type Read = (path: string) => string | undefined;

/**
 * The cores of the machine, at most the whole ones that the quota of a container allows. Node.js 20 knows nothing of quotas, and
 * Node.js 22 says all cores for a quota below one.
 */
export function availableCores(read: Read = readIfThere, machine = availableParallelism()): Cores {
  const quota = processorQuota(read);
  if (quota === undefined || quota >= machine) return { cores: machine };
  return { cores: Math.max(1, Math.floor(quota)), quota };
}

/** A quota in words, for reasons and warnings. */
export function describeQuota(quota: number): string {
  return `the control group of this process (a container, say) allows ${Number(quota.toFixed(2))} of the machine's processors`;
}

/** The smallest quota of the control groups that the process is in, those around them included. */
function processorQuota(read: Read): number | undefined {
  const groups = (read('/proc/self/cgroup') ?? '').split('\n').flatMap((line) => quotasOf(line, read));
  return groups.length === 0 ? undefined : Math.min(...groups);
}

/** A line of /proc/self/cgroup is `0::/path` in version 2, and `3:cpu,cpuacct:/path` in version 1. */
function quotasOf(line: string, read: Read): number[] {
  const [, number, controllers, path] = /^(\d+):([^:]*):(.*)$/.exec(line) ?? [];
  if (path === undefined) return [];
  const quota = number === '0' && controllers === '' ? quotaOfVersion2 : quotaOfVersion1;
  if (quota === quotaOfVersion1 && !controllers.split(',').includes('cpu')) return [];
  const mounts =
    quota === quotaOfVersion2 ? ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'] : versionOneMounts(controllers);
  const folders = mounts.flatMap((mount) => ancestors(path).map((group) => join(mount, group)));
  return folders.map((folder) => quota(folder, read)).filter((found) => found !== undefined);
}

function versionOneMounts(controllers: string): string[] {
  return [...new Set([controllers, 'cpu', 'cpu,cpuacct'])].map((name) => join('/sys/fs/cgroup', name));
}

/** `/a/b` is within `/a` and `/`. In a container its own group is often mounted as `/`, whatever path the line names. */
function ancestors(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '..');
  return Array.from({ length: names.length + 1 }, (_, i) => names.slice(0, i).join('/'));
}

/** `max 100000`, or `150000 100000`: microseconds of processor time in each period. */
function quotaOfVersion2(folder: string, read: Read): number | undefined {
  const [time, period] = (read(join(folder, 'cpu.max')) ?? '').trim().split(/\s+/).map(Number);
  return ratio(time, period);
}

/** The quota is −1 where there is none. */
function quotaOfVersion1(folder: string, read: Read): number | undefined {
  const number = (name: string): number => Number(read(join(folder, name))?.trim() ?? Number.NaN);
  return ratio(number('cpu.cfs_quota_us'), number('cpu.cfs_period_us'));
}

function ratio(time: number, period: number): number | undefined {
  return time > 0 && period > 0 && Number.isFinite(time / period) ? time / period : undefined;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
