import { userError } from '../../../shared/errors.js';
import { firstLine } from '../../../shared/files.js';
import { beyondMemory, mostMemory } from '../../../shared/memory/beyondMemory.js';

/** Deflate makes at most so many bytes of one: https://zlib.net/zlib_tech.html */
export const MOST_DEFLATED = 1032;

/** The bytes of a packed stream, which are to be `size` (or, where that is not known, at most what deflate can make of `packed` bytes). */
export async function unpacked(
  open: () => AsyncIterable<Buffer> | Promise<AsyncIterable<Buffer>>,
  { name, packed, size }: { readonly name: string; readonly packed: number; readonly size?: number },
): Promise<Uint8Array> {
  const most = size ?? Math.min(mostMemory(), MOST_DEFLATED * packed);
  if (size !== undefined && size > MOST_DEFLATED * packed + MOST_DEFLATED) {
    throw userError(
      'ARRAY_INVALID',
      `${name} says that its ${packed} bytes unpack to ${size}, which they cannot; restore the file.`,
    );
  }
  if (most > mostMemory()) throw beyondMemory(name, most);
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of await open()) {
      length += chunk.length;
      if (length > most) throw new Error(`it unpacks to more than ${most} bytes`);
      parts.push(chunk);
    }
  } catch (error) {
    throw userError('ARRAY_INVALID', `${name} cannot be unpacked: ${firstLine(error)}; restore the file.`, error);
  }
  if (size !== undefined && length !== size) {
    throw userError('ARRAY_INVALID', `${name} unpacks to ${length} bytes, but is to have ${size}; restore the file.`);
  }
  return parts.length === 1 ? parts[0] : Buffer.concat(parts, length);
}
