import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

/** A process as files name it: it may be of another machine, or of another container on this one. */
export interface Owner {
  readonly host: string;
  /** Tells where process numbers have a meaning: this boot of this machine, and the container. Files of old lack it. */
  readonly machine?: string;
  readonly pid: number;
  /** When it started, where the system tells: numbers come round again. */
  readonly started: string | null;
}

let self: Owner | undefined;

/** The process that runs this. */
export function thisProcess(): Owner {
  self ??= {
    host: hostname(),
    machine: machineHere(),
    pid: process.pid,
    started: startIn(readOr(() => readFileSync(`/proc/${process.pid}/stat`, 'utf8'))),
  };
  return self;
}

/** Whether the process of a file is of this machine and container, so that its number tells it. */
export function isOfHere({ host, machine }: Owner): boolean {
  return machine === undefined ? host === thisProcess().host : machine === thisProcess().machine;
}

/** Whether a process lives; null where that cannot be known from here. */
export async function isAlive(owner: Owner): Promise<boolean | null> {
  if (!isOfHere(owner) || !Number.isSafeInteger(owner.pid)) return null;
  if (owner.started !== null) {
    const now = startIn(await readFile(`/proc/${owner.pid}/stat`, 'utf8').catch(() => null));
    return now === owner.started;
  }
  return isNumberTaken(owner.pid) ? null : false;
}

/** The machine, its boot and the space of process numbers, in eight hex digits. */
function machineHere(): string {
  const parts = [
    hostname(),
    readOr(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')),
    readOr(() => readlinkSync('/proc/self/ns/pid')),
  ];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 8);
}

/** When a process started, in the system's ticks; null when it is gone or the system has no /proc. */
function startIn(line: string | null): string | null {
  // Fields 3 and 22; the name before them stands in parentheses and may hold anything.
  const fields = line?.slice(line.lastIndexOf(')') + 2).split(' ') ?? [];
  const hasEnded = fields[0] === 'Z' || fields[0] === 'X';
  return hasEnded ? null : (fields[19] ?? null);
}

function isNumberTaken(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readOr(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}
