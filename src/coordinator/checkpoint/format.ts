import { createHash } from 'node:crypto';
import { z } from 'zod';
import { userError } from '../../shared/errors.js';

/**
 * The checkpoint file: magic, version (uint32), length of the table (uint32), the table, sha256 of all that, and then the
 * sections back to back. The table is JSON: name, length and sha256 of each section. Numbers are little-endian.
 */
const MAGIC = 'LOCKSTEP';
const VERSION = 6;
/** The oldest one that is read: it holds the same, but for kinds of values that it had no exact form for. */
const OLDEST_VERSION = 5;
const FIXED_BYTES = MAGIC.length + 8;
const DIGEST_BYTES = 32;

/** The longest table that is read: ample for a hundred thousand sections. */
const MOST_TABLE_BYTES = 1 << 25;

/** One line of the table. */
export interface Section {
  readonly name: string;
  readonly byteLength: number;
  /** In hex. */
  readonly sha256: string;
}

const tableSchema = z.array(
  z.strictObject({
    name: z.string(),
    byteLength: z.int().min(0),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
);

/** All that stands before the first section. */
export function encodeHead(sections: readonly Section[]): Buffer {
  const table = Buffer.from(JSON.stringify(sections));
  const fixed = Buffer.alloc(FIXED_BYTES);
  fixed.write(MAGIC, 'latin1');
  fixed.writeUInt32LE(VERSION, MAGIC.length);
  fixed.writeUInt32LE(table.length, MAGIC.length + 4);
  const head = Buffer.concat([fixed, table]);
  return Buffer.concat([head, digestOf(head)]);
}

/** How a reader gets at bytes of the file: `length` of them from `offset`, all inside the file. */
export type ReadAt = (offset: number, length: number) => Promise<Buffer>;

/** A checked table, and where the first section begins. */
export interface Head {
  readonly sections: readonly Section[];
  readonly end: number;
}

/**
 * Reads the head of a file of `byteLength` bytes. Every length is checked against that before it is used, so nothing
 * larger than the file is ever allocated.
 */
export async function readHead(path: string, byteLength: number, readAt: ReadAt): Promise<Head> {
  const least = FIXED_BYTES + DIGEST_BYTES;
  const fixed = await readAt(0, Math.min(FIXED_BYTES, byteLength));
  if (byteLength < least || fixed.toString('latin1', 0, MAGIC.length) !== MAGIC) throw notACheckpoint(path);
  requireVersion(path, fixed.readUInt32LE(MAGIC.length));
  const tableBytes = fixed.readUInt32LE(MAGIC.length + 4);
  if (tableBytes > Math.min(byteLength - least, MOST_TABLE_BYTES)) throw damaged(path, 'its table is cut short');
  const end = least + tableBytes;
  const head = await readAt(0, end);
  const covered = head.subarray(0, end - DIGEST_BYTES);
  if (!digestOf(covered).equals(head.subarray(end - DIGEST_BYTES)))
    throw damaged(path, 'its table does not match its checksum');
  const sections = parseTable(path, covered.toString('utf8', FIXED_BYTES));
  const whole = sections.reduce((sum, section) => sum + section.byteLength, end);
  if (whole !== byteLength) throw damaged(path, `it has ${byteLength} bytes, but its table tells of ${whole}`);
  return { sections, end };
}

/** Throws unless the bytes are those that the table tells of. */
export function requireIntact(path: string, { name, sha256 }: Section, bytes: Uint8Array): void {
  if (digestOf(bytes).toString('hex') !== sha256)
    throw damaged(path, `its section ${name} does not match its checksum`);
}

export function damaged(path: string, how: string, cause?: unknown): Error {
  return userError('DAMAGED_CHECKPOINT', `Checkpoint ${path} is damaged: ${how}; resume from another one.`, cause);
}

function parseTable(path: string, text: string): Section[] {
  try {
    return tableSchema.parse(JSON.parse(text));
  } catch (error) {
    throw damaged(path, 'its table cannot be read', error);
  }
}

function notACheckpoint(path: string): Error {
  return userError(
    'NOT_A_CHECKPOINT',
    `${path} is not a Lockstep checkpoint; give a file that checkpoint() or the CLI wrote.`,
  );
}

function requireVersion(path: string, version: number): void {
  if (version >= OLDEST_VERSION && version <= VERSION) return;
  throw userError(
    'CHECKPOINT_VERSION',
    `${path} has checkpoint format ${version}, but this Lockstep reads formats ${OLDEST_VERSION} to ${VERSION}; resume it with the version that wrote it.`,
  );
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
