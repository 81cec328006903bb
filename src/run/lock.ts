import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { LockFile, lockOwner, type Waiting } from './lockFile.js';
import { readStatus, runBusy } from './status.js';

/** A run directory that no other process can take. */
export interface RunLock extends Pick<LockFile, 'requireOurs' | 'renew'> {
  release(): Promise<void>;
}

const NOTHING: Waiting = { warn: () => {}, unlessStopped: (work) => work };

/**
 * Locks a run directory in two ways. A name that the system itself holds for this process and gives back when it ends,
 * however it ends, is certain at once, but holds only within one machine or container: an abstract socket on Linux, a named
 * pipe on Windows. A file with the owner and its sign of life holds wherever the directory is shared.
 */
export async function lockRun(directory: string, waiting: Waiting = NOTHING): Promise<RunLock> {
  const server = await holdName(directory);
  try {
    const file = await LockFile.take(directory, waiting);
    return {
      requireOurs: () => file.requireOurs(),
      renew: () => file.renew(),
      release: async () => {
        await file.release();
        await letGo(server);
      },
    };
  } catch (error) {
    await letGo(server);
    throw error;
  }
}

async function holdName(directory: string): Promise<Server | null> {
  const name = await lockName(directory);
  if (name === null) return null;
  return listen(name).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    throw runBusy(directory, (await lockOwner(directory)) ?? (await readStatus(directory))?.owner);
  });
}

function letGo(server: Server | null): Promise<void> {
  return new Promise((resolve) => (server === null ? resolve() : server.close(() => resolve())));
}

/** The directory by its place on the disk, so that every path to it is the same. */
async function lockName(directory: string): Promise<string | null> {
  const { dev, ino } = await stat(directory, { bigint: true });
  if (process.platform === 'linux') return `\0lockstep-run-${dev}-${ino}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\lockstep-run-${dev}-${ino}`;
  return null;
}

/** A server that nobody calls; it does not keep the process alive. */
function listen(name: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    server.listen(name, () => resolve(server.unref()));
  });
}
