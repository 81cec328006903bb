import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { userError } from '../shared/errors.js';
import { ownerOf } from './status.js';

/** A run directory that no other process on this machine can take. */
export interface RunLock {
  release(): Promise<void>;
}

/**
 * Locks a run directory with a name that the system itself holds for this process and gives back when it ends, however it
 * ends: an abstract socket on Linux, a named pipe on Windows. Other systems have neither; there `status.json` alone tells.
 */
export async function lockRun(directory: string): Promise<RunLock> {
  const name = await lockName(directory);
  if (name === null) return { release: async () => {} };
  const server = await listen(name).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE') return null;
    throw error;
  });
  if (server === null) throw await busy(directory);
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
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

async function busy(directory: string): Promise<Error> {
  const owner = await ownerOf(directory);
  const process = owner === undefined ? 'another process' : `process ${owner.pid}`;
  return userError('RUN_BUSY', `${directory} is being trained by ${process}; wait for it, or stop it first.`);
}
