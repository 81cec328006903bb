import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { headOf, openBytes } from './arrayFile.js';
import { heldBytes } from './byteSources.js';
import type { ByteSource } from './storedArray.js';
import { unpacked } from './unpack.js';

/** Opens a file that may be gzipped, which its first bytes tell: then it is unpacked into memory. */
export async function openMaybeGzipped(path: string): Promise<{ source: ByteSource; size: number; close: () => void }> {
  const { source, size } = await openBytes(path);
  try {
    const [first, second] = headOf(source, size, 2);
    if (first !== 0x1f || second !== 0x8b) return { source, size, close: () => source.close() };
    const packed = new Uint8Array(size);
    source.readAt(packed, 0);
    const bytes = await unpacked(() => Readable.from([packed]).pipe(createGunzip()), { name: path, packed: size });
    source.close();
    return { source: heldBytes(bytes, path), size: bytes.length, close: () => {} };
  } catch (error) {
    source.close();
    throw error;
  }
}
