import { createHash } from 'node:crypto';
import { reason } from '../../shared/files.js';
import { FaultPlan } from '../../shared/protocol/faults.js';
import { writeWholeFile } from '../../shared/writing/wholeFile.js';
import { happen } from '../../worker/faultyClock.js';
import { encodeHead } from './format.js';

/** A vector of the copied training state that becomes a section. */
export interface VectorPlace {
  readonly name: string;
  /** Bytes from the start of the memory. */
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** What the thread is given. */
export interface WriteTask {
  readonly path: string;
  readonly runSection: string;
  readonly run: Uint8Array;
  readonly memory: SharedArrayBuffer;
  readonly vectors: readonly VectorPlace[];
  /** Faults to inject, for tests alone: the memory of a `FaultPlan`. */
  readonly faults?: SharedArrayBuffer;
}

/** Hashes and writes take no shared memory: it goes through a piece of private memory of this size. */
const PIECE_BYTES = 1 << 20;

type Pieces = () => Generator<Uint8Array>;

/**
 * The thread that writes checkpoints, so that neither the ranks nor the coordinator wait for a disk. Returns what the file
 * system refused, in words, or null when the file is safely there.
 */
export default async function writeCheckpoint(task: WriteTask): Promise<string | null> {
  const { path, runSection, run, memory, vectors, faults } = task;
  const piece = new Uint8Array(PIECE_BYTES);
  const sections: { name: string; byteLength: number; pieces: Pieces }[] = [
    { name: runSection, byteLength: run.byteLength, pieces: () => once(run) },
    ...vectors.map((vector) => ({ ...vector, pieces: () => piecesOf(memory, vector, piece) })),
  ];
  const table = sections.map(({ name, byteLength, pieces }) => ({ name, byteLength, sha256: digestOf(pieces) }));
  try {
    await writeWholeFile(
      path,
      wholeFile(
        encodeHead(table),
        sections.map(({ pieces }) => pieces),
        faults,
      ),
    );
    return null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    return reason(error);
  }
}

function* wholeFile(head: Uint8Array, sections: readonly Pieces[], faults?: SharedArrayBuffer): Generator<Uint8Array> {
  yield head;
  for (const pieces of sections) {
    if (faults !== undefined) injectFault(faults);
    yield* pieces();
  }
}

function* once(bytes: Uint8Array): Generator<Uint8Array> {
  yield bytes;
}

function* piecesOf(
  memory: SharedArrayBuffer,
  { byteOffset, byteLength }: VectorPlace,
  piece: Uint8Array,
): Generator<Uint8Array> {
  for (let from = 0; from < byteLength; from += piece.length) {
    const length = Math.min(piece.length, byteLength - from);
    piece.set(new Uint8Array(memory, byteOffset + from, length));
    yield piece.subarray(0, length);
  }
}

function digestOf(pieces: Pieces): string {
  const hash = createHash('sha256');
  for (const piece of pieces()) hash.update(piece);
  return hash.digest('hex');
}

function injectFault(faults: SharedArrayBuffer): void {
  const fault = new FaultPlan(faults).take(0, 0, 'write');
  if (fault !== null) happen(fault);
}
