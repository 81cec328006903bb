/** LZ4 frames: https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md and lz4_Block_format.md */

const MAGIC = 0x184d2204;
/** A block makes at most so many bytes of one. */
const MOST_OF_BYTE = 255;

/** The bytes of a frame, which are at most what its blocks can make. Check sums are passed over. */
export function decodeLz4(frame: Uint8Array): Uint8Array {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.length < 7 || view.getUint32(0, true) !== MAGIC) throw new Error('it is no LZ4 frame');
  const flags = frame[4];
  if (flags >> 6 !== 1) throw new Error(`its LZ4 frame is of version ${flags >> 6}`);
  const [hasBlockSums, hasSize, hasDictionary] = [flags & 0x10, flags & 0x08, flags & 0x01];
  let at = 7 + (hasSize ? 8 : 0) + (hasDictionary ? 4 : 0);
  const out = new Output(frame.length);
  for (;;) {
    if (at + 4 > frame.length) throw cutOff();
    const head = view.getUint32(at, true);
    at += 4;
    if (head === 0) return out.whole();
    const size = head & 0x7fffffff;
    if (at + size > frame.length) throw cutOff();
    const block = frame.subarray(at, at + size);
    if (head >>> 31 === 1) out.append(block);
    else decodeBlock(block, out);
    at += size + (hasBlockSums ? 4 : 0);
  }
}

/** Sequences of letters as they are and of copies of what came before. */
function decodeBlock(block: Uint8Array, out: Output): void {
  let at = 0;
  const byte = (): number => {
    if (at >= block.length) throw cutOff();
    return block[at++];
  };
  const length = (nibble: number): number => {
    let sum = nibble;
    if (nibble === 15) for (let more = 255; more === 255; ) sum += more = byte();
    return sum;
  };
  while (at < block.length) {
    const token = byte();
    const letters = length(token >> 4);
    if (at + letters > block.length) throw cutOff();
    out.append(block.subarray(at, at + letters));
    at += letters;
    // The last sequence has letters alone.
    if (at === block.length) return;
    const distance = byte() | (byte() << 8);
    out.repeat(distance, length(token & 15) + 4);
  }
}

/** Bytes that grow, up to what a frame can make. */
class Output {
  #bytes: Uint8Array;
  #length = 0;
  readonly #most: number;

  constructor(packed: number) {
    this.#most = MOST_OF_BYTE * packed;
    this.#bytes = new Uint8Array(4 * packed);
  }

  append(more: Uint8Array): void {
    this.#makeRoom(more.length);
    this.#bytes.set(more, this.#length);
    this.#length += more.length;
  }

  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length) throw new Error('its LZ4 frame refers to what is not there');
    this.#makeRoom(length);
    const bytes = this.#bytes;
    const to = this.#length;
    // One after the other: a copy may run into itself.
    for (let i = 0; i < length; i++) bytes[to + i] = bytes[to + i - distance];
    this.#length += length;
  }

  whole(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #makeRoom(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    if (needed > this.#most) throw new Error('its LZ4 frame makes more bytes than it can');
    const grown = new Uint8Array(Math.min(this.#most, Math.max(needed, 2 * this.#bytes.length)));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}

function cutOff(): Error {
  return new Error('its LZ4 frame is cut off');
}
