import { LockstepError } from '../../src/index.js';

/** Runs a case; returns what is wrong with how it ended, or null for a value or an error of Lockstep's own. */
export async function faultOf(read: () => Promise<unknown>): Promise<string | null> {
  try {
    await read();
    return null;
  } catch (error) {
    if (!(error instanceof LockstepError)) return `it threw ${(error as Error)?.stack ?? error}`;
    return /^[^\n]+$/.test(error.message) ? null : `its error is no single line: ${error.message}`;
  }
}

/** The most memory that reading files may take: a multiple of their size and what the readers themselves need. */
export const MEMORY = { factor: 64, constant: 16 * 2 ** 20 } as const;

/** Bytes of this process that are allocated: the heap, and buffers outside it. */
export function allocated(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What is wrong with the memory that a case has taken, or null. */
export function excessOf(taken: number, fileBytes: number): string | null {
  const bound = MEMORY.factor * fileBytes + MEMORY.constant;
  return taken <= bound ? null : `it allocated ${taken} bytes for files of ${fileBytes}, more than ${bound}`;
}
