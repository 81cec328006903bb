import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fault } from '../shared/errors.js';
import { requireFile } from '../shared/files.js';
import { isAlive, type Owner, thisProcess } from '../shared/writing/owner.js';
import { temporaryName } from '../shared/writing/temporaries.js';
import { runPaths } from './paths.js';
import { shorten } from './runDirectory.js';
import { runBusy } from './status.js';

/** The code of the error that a run ends with whose directory another process has taken. */
export const RUN_TAKEN = 'RUN_TAKEN';

/** How often the owner of a lock gives a sign of life, and after how long without one it is taken for gone. */
const BEAT_MS = 5_000;
const GONE_AFTER_MS = 30_000;
const LOOK_MS = 500;
/** Ample for two processes that take a lock at once to see which of them was the last. */
const SETTLE_MS = 250;

/** Others may be quicker now and then, not for ever; a link to nothing is neither there nor can it be made. */
const MOST_ATTEMPTS = 20;

/** More than a lock ever holds. */
const MOST_BYTES = 4_096;

/** A lock as it was found. */
interface Found {
  readonly text: string;
  /** It changes with every sign of life. */
  readonly beat: number;
}

/** What a process that waits for a lock does meanwhile. */
export interface Waiting {
  readonly warn: (message: string) => void;
  /** Rejects when waiting is to end. */
  readonly unlessStopped: <T>(work: Promise<T>) => Promise<T>;
  /** Milliseconds after which a silent owner is taken for gone; default 30,000. */
  readonly goneAfter?: number;
}

/**
 * A file in the run directory that names the process that writes the run, and whose time of change is its sign of life. It
 * holds between containers and machines that share nothing but the directory, and no clocks are compared: whoever cannot
 * look the owner up watches whether the file changes.
 */
export class LockFile {
  readonly #directory: string;
  readonly #path: string;
  readonly #text = `${JSON.stringify({ ...thisProcess(), token: randomBytes(8).toString('hex') })}\n`;
  #timer: NodeJS.Timeout | undefined;
  /** When the lock was last found to be ours. */
  #seen = 0;

  private constructor(directory: string) {
    this.#directory = directory;
    this.#path = runPaths(directory).lock;
  }

  /** Takes the lock of a directory; throws `RUN_BUSY` while its owner lives. */
  static async take(directory: string, waiting: Waiting): Promise<LockFile> {
    const lock = new LockFile(directory);
    for (let attempt = 0; !(await lock.#create()) && !(await lock.#takeOver(waiting)); attempt++) {
      if (attempt === MOST_ATTEMPTS) throw runBusy(directory, undefined);
    }
    lock.#seen = Date.now();
    lock.#timer = setInterval(() => void lock.#beat(), BEAT_MS).unref();
    return lock;
  }

  /** Throws when another process has taken the directory, as it may after a long silence of this one and not before. */
  async requireOurs(): Promise<void> {
    const silence = Date.now() - this.#seen;
    if (silence >= 0 && silence < 2 * BEAT_MS) return;
    const found = await look(this.#path).catch(() => null);
    if (found === null || found.text === this.#text) return;
    const owner = ownerIn(found);
    throw fault(
      RUN_TAKEN,
      `The run directory ${shorten(this.#directory)} was taken over by ${owner === undefined ? 'another process' : `process ${owner.pid} on ${owner.host}`}, as this one gave no sign of life for ${GONE_AFTER_MS / 1000} s; that process goes on with the run.`,
    );
  }

  /** Stands in a directory that was made again. */
  async renew(): Promise<void> {
    await this.#create();
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    if ((await look(this.#path).catch(() => null))?.text === this.#text) await rm(this.#path, { force: true });
  }

  /** Whether there was none. */
  async #create(): Promise<boolean> {
    try {
      await writeFile(this.#path, this.#text, { flag: 'wx' });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw error;
    }
  }

  /** Takes the lock of an owner that is gone, unless another process is quicker. */
  async #takeOver(waiting: Waiting): Promise<boolean> {
    const found = await look(this.#path);
    if (found === null) return false;
    await this.#requireGone(found, waiting);
    const temporary = join(dirname(this.#path), temporaryName());
    try {
      await writeFile(temporary, this.#text, { flag: 'wx' });
      if ((await look(this.#path))?.text !== found.text) return false;
      await rename(temporary, this.#path);
    } finally {
      await rm(temporary, { force: true });
    }
    await pause(SETTLE_MS);
    return (await look(this.#path))?.text === this.#text;
  }

  async #requireGone(found: Found, { warn, unlessStopped, goneAfter = GONE_AFTER_MS }: Waiting): Promise<void> {
    const owner = ownerIn(found);
    const alive = owner === undefined ? null : await isAlive(owner);
    if (alive === true) throw runBusy(this.#directory, owner);
    if (alive === false) return;
    const named = owner === undefined ? 'a process' : `process ${owner.pid} on ${owner.host}`;
    warn(
      `${shorten(this.#directory)} is locked by ${named}, which cannot be looked up from here; without a sign of it within ${goneAfter / 1000} s it is taken for gone.`,
    );
    const until = performance.now() + goneAfter;
    while (performance.now() < until) {
      await unlessStopped(pause(LOOK_MS));
      const now = await look(this.#path);
      if (now === null) return;
      if (now.text !== found.text || now.beat !== found.beat) throw runBusy(this.#directory, ownerIn(now));
    }
  }

  /** A directory that is gone for a while is no reason to stop: the run finds that out by itself. */
  async #beat(): Promise<void> {
    const now = new Date();
    const isOurs = (await look(this.#path).catch(() => null))?.text === this.#text;
    if (!isOurs) this.#seen = 0;
    else {
      await utimes(this.#path, now, now).catch(() => {});
      this.#seen = now.getTime();
    }
  }
}

/** The process that a lock names; undefined where there is none, or it cannot be read. */
export async function lockOwner(directory: string): Promise<Owner | undefined> {
  const found = await look(runPaths(directory).lock).catch(() => null);
  return found === null ? undefined : ownerIn(found);
}

/** Reads it anew: to open a file asks a file server what it is now. */
async function look(path: string): Promise<Found | null> {
  // A pipe would be waited for.
  const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      throw error;
    },
  );
  if (file === null) return null;
  try {
    const found = await file.stat();
    requireFile(found);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
    return { text: buffer.toString('utf8', 0, bytesRead), beat: found.mtimeMs };
  } finally {
    await file.close();
  }
}

/** What stands in the file may be anything. */
function ownerIn({ text }: Found): Owner | undefined {
  try {
    const { host, machine, pid, started } = JSON.parse(text) as Record<string, unknown>;
    const isOwner =
      typeof host === 'string' &&
      typeof machine === 'string' &&
      Number.isSafeInteger(pid) &&
      (typeof started === 'string' || started === null);
    return isOwner ? { host, machine, pid: pid as number, started } : undefined;
  } catch {
    return undefined;
  }
}
