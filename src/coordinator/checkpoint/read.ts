import { type FileHandle, open } from 'node:fs/promises';
import { userError } from '../../shared/errors.js';
import { reason, sizeOfFile } from '../../shared/files.js';
import { type Checkpoint, decodeRun, RUN_SECTION } from './contents.js';
import { damaged, type ReadAt, readHead, requireIntact } from './format.js';

/** Reads a checkpoint; a file that is not one, or is damaged, is an error that names it and says where. */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  await using file = await openCheckpoint(path);
  const readAt = reader(path, file);
  const { size } = await file.stat();
  const { sections, end } = await readHead(path, size, readAt);
  const contents = new Map<string, Uint8Array>();
  let offset = end;
  for (const section of sections) {
    const bytes = await readAt(offset, section.byteLength);
    requireIntact(path, section, bytes);
    contents.set(section.name, bytes);
    offset += section.byteLength;
  }
  const run = contents.get(RUN_SECTION);
  if (run === undefined) throw damaged(path, `it has no section ${RUN_SECTION}`);
  return { ...decodeRun(path, run), vectors: contents };
}

async function openCheckpoint(path: string): Promise<FileHandle> {
  try {
    await sizeOfFile(path);
    return await open(path, 'r');
  } catch (error) {
    throw unreadable(path, error);
  }
}

function reader(path: string, file: FileHandle): ReadAt {
  return async (offset, length) => {
    const bytes = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled).catch((error) => {
        throw unreadable(path, error);
      });
      if (bytesRead === 0) throw damaged(path, 'it ends too early');
      filled += bytesRead;
    }
    return bytes;
  };
}

function unreadable(path: string, error: unknown): Error {
  return userError('UNREADABLE_CHECKPOINT', `Checkpoint ${path} cannot be read: ${reason(error)}.`, error);
}
