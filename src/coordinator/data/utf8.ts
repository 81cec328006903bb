import { isUtf8 } from 'node:buffer';
import { userError } from '../../shared/errors.js';

const [LINE_FEED, RETURN] = [0x0a, 0x0d];

/** Passes a text on as it is, while it is UTF-8. One of UTF-16, which a mark at its start tells, is for whoever reads it. */
export function requireUtf8(path: string) {
  return async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const lines = new Lines();
    let rest: Buffer = Buffer.alloc(0);
    let isMarked: boolean | undefined;
    for await (const chunk of chunks) {
      isMarked ??= chunk[0] === 0xff && chunk[1] === 0xfe;
      if (!isMarked) {
        const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        const whole = bytes.subarray(0, wholeLetters(bytes));
        if (!isUtf8(whole)) throw wrongByte(path, whole, lines);
        lines.pass(whole);
        rest = bytes.subarray(whole.length);
      }
      yield chunk;
    }
    if (rest.length > 0) throw wrongByte(path, rest, lines);
  };
}

/** Where the last letter begins, if more of its bytes have to come; else the number of bytes. */
function wholeLetters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte >= 0xc0) return lengthOf(byte) > back ? bytes.length - back : bytes.length;
    if (byte < 0x80) break;
  }
  return bytes.length;
}

/** The bytes of a letter, by its first. */
function lengthOf(first: number): number {
  if (first >= 0xf0) return 4;
  return first >= 0xe0 ? 3 : 2;
}

/** Counts lines, which end in their own ways. */
class Lines {
  line = 1;
  #isReturn = false;

  pass(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === RETURN || (byte === LINE_FEED && !this.#isReturn)) this.line++;
      this.#isReturn = byte === RETURN;
    }
  }
}

/** `bytes` are not UTF-8; `lines` has passed what stands before them. */
function wrongByte(path: string, bytes: Buffer, lines: Lines): Error {
  const at = firstWrong(bytes);
  lines.pass(bytes.subarray(0, at));
  const byte = bytes[at].toString(16).toUpperCase();
  return userError(
    'CSV_ENCODING',
    `${path} is not UTF-8: in line ${lines.line} stands the byte 0x${byte}, which is none of its letters; save it as UTF-8.`,
  );
}

/** The first byte that is of no letter. A part of the text that ends within a letter is not taken for wrong. */
function firstWrong(bytes: Buffer): number {
  let [good, bad] = [0, bytes.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const part = bytes.subarray(0, middle);
    if (isUtf8(part.subarray(0, wholeLetters(part)))) good = middle;
    else bad = middle;
  }
  // The byte at `good` makes it wrong: it is wrong itself, or the first of a letter that it does not go on.
  const part = bytes.subarray(0, good);
  return wholeLetters(part);
}
