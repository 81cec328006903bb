import { totalmem } from 'node:os';
import { LockstepError, userError } from '../errors.js';

/** Bytes that this process can have at most: of the machine, or what a container leaves it. */
export function mostMemory(): number {
  const constrained = process.constrainedMemory?.() ?? 0;
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

/** The sentence of a model, or of its batches, that need more memory than there is; `bytes` where they are known. */
export function beyondMemory(what: string, bytes: number | undefined, cause?: unknown): LockstepError {
  const needed = bytes === undefined ? 'more memory than the system gives' : `${inWords(bytes)} of memory`;
  return userError(
    'OUT_OF_MEMORY',
    `${what} ${bytes === undefined ? 'need' : 'take'} ${needed}, and this machine has ${inWords(mostMemory())}; use smaller batches, or a smaller model.`,
    cause,
  );
}

/** Does work that takes memory; where there is too little of it the error says so. */
export async function withinMemory<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isAllocationFailure(error) ? beyondMemory(what, undefined, error) : error;
  }
}

/** How V8 says that a buffer or a typed array cannot be had. */
export function isAllocationFailure(error: unknown): boolean {
  if (error instanceof LockstepError || !(error instanceof Error)) return false;
  return /allocation failed|Invalid (typed )?array (buffer )?length/i.test(error.message);
}

function inWords(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];
  const unit = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log2(bytes) / 10)));
  return `${Number((bytes / 1024 ** unit).toPrecision(3))} ${units[unit]}`;
}
