import { closeSync, openSync, readSync } from 'node:fs';
import { userError } from '../../../shared/errors.js';
import { reason } from '../../../shared/files.js';
import type { ByteSource } from './storedArray.js';

/** The most bytes that the system reads at once. */
const MOST_AT_ONCE = 1 << 30;

/** Descriptors of files that nobody refers to any more are given back with the object that had them. */
const opened = new FinalizationRegistry<number>((descriptor) => closeSync(descriptor));

/**
 * A file that is open as long as somebody may read from it. Reading waits for the disk: rows of training batches are few
 * bytes that the system mostly has at hand, and a call that does not wait costs more than the bytes.
 */
export class FileBytes implements ByteSource {
  readonly isHeld = false;
  readonly path: string;
  /** Of the process: any of its threads may read. */
  readonly descriptor: number;

  /** @throws LockstepError `DATA_UNREADABLE`. */
  constructor(path: string) {
    this.path = path;
    try {
      this.descriptor = openSync(path, 'r');
    } catch (error) {
      throw unreadable(path, error);
    }
    opened.register(this, this.descriptor, this);
  }

  readAt(into: Uint8Array, position: number): void {
    for (let done = 0; done < into.length; ) {
      const wanted = Math.min(MOST_AT_ONCE, into.length - done);
      const read = this.#read(into, done, wanted, position + done);
      if (read === 0) throw cutOff(this.path, position + into.length);
      done += read;
    }
  }

  close(): void {
    if (opened.unregister(this)) closeSync(this.descriptor);
  }

  #read(into: Uint8Array, offset: number, length: number, position: number): number {
    try {
      return readSync(this.descriptor, into, offset, length, position);
    } catch (error) {
      throw unreadable(this.path, error);
    }
  }
}

/** Bytes that are in memory; `path`: where they came from, for messages. */
export function heldBytes(bytes: Uint8Array, path: string): ByteSource {
  return {
    isHeld: true,
    readAt: (into, position) => {
      if (position + into.length > bytes.length) throw cutOff(path, position + into.length);
      into.set(bytes.subarray(position, position + into.length));
    },
  };
}

export function unreadable(path: string, error: unknown): Error {
  return userError('DATA_UNREADABLE', `Data file ${path} cannot be read: ${reason(error)}.`, error);
}

function cutOff(path: string, end: number): Error {
  return userError(
    'DATA_UNREADABLE',
    `${path} has no byte ${end - 1}, which its arrays reach to: it was cut off or changed; restore the file.`,
  );
}
