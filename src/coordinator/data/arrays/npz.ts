import { type Entry, openPromise, type ZipFile } from 'yauzl';
import { LockstepError, userError } from '../../../shared/errors.js';
import { firstLine, reason } from '../../../shared/files.js';
import { crc32 } from '../../models/keras/crc32.js';
import { harmless } from '../quoted.js';
import { type ArrayFile, openBytes } from './arrayFile.js';
import { type FileBytes, heldBytes } from './byteSources.js';
import { openNpyAt } from './npy.js';
import type { StoredArray } from './storedArray.js';
import { unpacked } from './unpack.js';

const STORED = 0;
const DEFLATED = 8;

/** Opens what `np.savez` and `np.savez_compressed` write: an archive of arrays, which are called by their keywords. */
export async function openNpz(path: string): Promise<ArrayFile> {
  const { source } = await openBytes(path);
  try {
    await using archive = await openArchive(path);
    const entries = await entriesOf(path, archive.zip);
    return {
      path,
      names: [...entries.keys()],
      open: (name) => openMember(path, source, name, entries.get(name) as Entry),
      close: () => source.close(),
    };
  } catch (error) {
    source.close();
    throw error;
  }
}

async function openArchive(path: string): Promise<{ zip: ZipFile } & AsyncDisposable> {
  try {
    const zip = await openPromise(path, { lazyEntries: true, autoClose: false });
    return { zip, [Symbol.asyncDispose]: async () => zip.close() };
  } catch (error) {
    throw damaged(path, error);
  }
}

/** Members by their names without `.npy`; what is no array is passed over. */
async function entriesOf(path: string, zip: ZipFile): Promise<Map<string, Entry>> {
  const entries = new Map<string, Entry>();
  try {
    for await (const entry of zip.eachEntry()) {
      if (!entry.fileName.endsWith('.npy')) continue;
      const name = entry.fileName.slice(0, -'.npy'.length);
      if (entries.has(name))
        throw userError('ARRAY_INVALID', `${path} has two arrays ${name}; write it with np.savez.`);
      entries.set(name, entry);
    }
  } catch (error) {
    throw damaged(path, error);
  }
  if (entries.size > 0) return entries;
  throw userError('ARRAY_INVALID', `${path} is an archive without an array; write it with np.savez(path, x=x, y=y).`);
}

async function openMember(path: string, source: FileBytes, key: string, entry: Entry): Promise<StoredArray> {
  const name = `${key} of ${path}`;
  const { compressionMethod: method, compressedSize, uncompressedSize: size } = entry;
  if (entry.isEncrypted() || (method !== STORED && method !== DEFLATED)) {
    const how = entry.isEncrypted() ? 'with a password' : `by method ${method}`;
    throw userError('ARRAY_INVALID', `${name} is packed ${how}, which is not read; write it with np.savez.`);
  }
  await using archive = await openArchive(path);
  const { zip } = archive;
  try {
    if (method === STORED) {
      const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
      return openNpyAt({ name, source, offset: fileDataStart, length: size });
    }
    const bytes = await unpacked(() => zip.openReadStreamPromise(entry), { name, packed: compressedSize, size });
    if (crc32(bytes) !== entry.crc32) throw new Error('its check sum is wrong');
    return openNpyAt({ name, source: heldBytes(bytes, path), offset: 0, length: size });
  } catch (error) {
    throw damaged(name, error);
  }
}

function damaged(name: string, error: unknown): unknown {
  if (error instanceof LockstepError) return error;
  if (typeof (error as NodeJS.ErrnoException).code === 'string') {
    return userError('DATA_UNREADABLE', `${name} cannot be read: ${reason(error)}.`, error);
  }
  return userError(
    'ARRAY_INVALID',
    `${name} cannot be read as an archive of arrays: ${harmless(firstLine(error))}; write it with np.savez.`,
    error,
  );
}
