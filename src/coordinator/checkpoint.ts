import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pack, unpack } from 'msgpackr';
import { userError } from '../shared/errors.js';
import type { OptimizerSpec } from '../shared/optimizers.js';
import type { CallbackState } from './callbacks/states.js';
import { writeFileAtomically } from './files.js';
import type { Objective } from './lower/index.js';
import type { Topology } from './models/files.js';
import type { FitPosition } from './position.js';

/** Everything that makes a run go on with the same bits, on any number of ranks. */
export interface Checkpoint {
  readonly topology: Topology;
  readonly objective: Objective;
  readonly optimizer: OptimizerSpec;
  readonly seed: number;
  readonly shards: number;
  readonly workers: number;
  /** Updates applied. */
  readonly step: number;
  /** Epochs finished over the whole run: keys the next shuffle. */
  readonly epochsTrained: number;
  /** The base learning rate in force, which callbacks may have changed. */
  readonly learningRate: number;
  /** Where an unfinished `fit` stands, or null. */
  readonly position: FitPosition | null;
  /** What the callbacks of that `fit` remember. */
  readonly callbacks: readonly CallbackState[];
  readonly vectors: readonly StoredVector[];
}

/** One weight with its optimizer vectors, float32 little-endian. */
export interface StoredVector {
  readonly name: string;
  readonly shape: readonly number[];
  readonly weight: Uint8Array;
  readonly moments: readonly Uint8Array[];
}

/** File: magic, format version (uint32), sha256 of the body, body (msgpack). */
const MAGIC = 'LOCKSTEP';
const VERSION = 3;
const HEADER = MAGIC.length + 4 + 32;

/** Writes a checkpoint atomically: a reader finds the old file or the new one, never a part. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const body = pack(checkpoint);
  const header = Buffer.alloc(HEADER);
  header.write(MAGIC, 'latin1');
  header.writeUInt32LE(VERSION, MAGIC.length);
  createHash('sha256')
    .update(body)
    .digest()
    .copy(header, MAGIC.length + 4);
  await writeFileAtomically(path, Buffer.concat([header, body]));
}

/** Reads a checkpoint; a file that is not one, or is damaged, is an error that names it. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const file = await readBytes(path);
  if (file.length < HEADER || file.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw userError(
      'NOT_A_CHECKPOINT',
      `${path} is not a Lockstep checkpoint; give a file that checkpoint() or the CLI wrote.`,
    );
  }
  const version = file.readUInt32LE(MAGIC.length);
  if (version !== VERSION) {
    throw userError(
      'CHECKPOINT_VERSION',
      `${path} has checkpoint format ${version}, but this Lockstep reads format ${VERSION}; resume it with the version that wrote it.`,
    );
  }
  const body = file.subarray(HEADER);
  if (
    !createHash('sha256')
      .update(body)
      .digest()
      .equals(file.subarray(MAGIC.length + 4, HEADER))
  ) {
    throw userError(
      'DAMAGED_CHECKPOINT',
      `${path} is damaged: its checksum does not match; resume from an older checkpoint.`,
    );
  }
  return unpack(body) as Checkpoint;
}

async function readBytes(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw userError('UNREADABLE_CHECKPOINT', `Checkpoint ${path} cannot be read: ${(error as Error).message}`, error);
  }
}
