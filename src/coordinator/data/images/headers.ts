/** Kinds of picture files that are read, by their first bytes: names of files may say something else. */
export type PictureKind = 'png' | 'jpeg' | 'bmp' | 'gif' | 'webp' | 'tiff';

const signatures: readonly (readonly [PictureKind, (text: string) => boolean])[] = [
  ['png', (text) => text.startsWith('\x89PNG\r\n\x1a\n')],
  ['jpeg', (text) => text.startsWith('\xff\xd8\xff')],
  ['gif', (text) => text.startsWith('GIF87a') || text.startsWith('GIF89a')],
  ['webp', (text) => text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP'],
  ['bmp', (text) => text.startsWith('BM')],
  ['tiff', (text) => text.startsWith('II*\0') || text.startsWith('MM\0*')],
];

/** What a file is; null where it is no picture that is read. */
export function kindOf(bytes: Uint8Array): PictureKind | null {
  const start = String.fromCharCode(...bytes.subarray(0, 12));
  return signatures.find(([, begins]) => begins(start))?.[0] ?? null;
}

/** What a file says of its pixels before they are decoded. */
export interface Header {
  readonly width: number;
  readonly height: number;
  /** Bytes of one sample. */
  readonly bytes: 1 | 2;
  /** Samples of one pixel, transparency included, where the header tells. */
  readonly samples?: number;
}

/** The header of a PNG or a JPEG; null for what is neither, and for what ends within it. */
export function headerOf(bytes: Uint8Array): Header | null {
  try {
    const kind = kindOf(bytes);
    return kind === 'png' ? pngHeader(bytes) : kind === 'jpeg' ? jpegHeader(bytes) : null;
  } catch {
    return null;
  }
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Samples of a PNG's pixel by its colour type: gray, colours, a place in a palette of colours, and the first two with transparency. */
const samplesOf: readonly number[] = [1, 0, 3, 3, 2, 0, 4];

/** The first chunk of a PNG: width and height at 16, the bits of a sample at 24, the colour type at 25. */
export function pngHeader(bytes: Uint8Array): Header {
  if (bytes.length < 29) throw new Error('it ends within its header');
  const words = view(bytes);
  const samples = samplesOf[bytes[25]] ?? 0;
  return { width: words.getUint32(16), height: words.getUint32(20), bytes: bytes[24] === 16 ? 2 : 1, samples };
}

/** The frame header of a JPEG, behind segments of any length (ITU-T T.81, B.2.2). */
export function jpegHeader(bytes: Uint8Array): Header {
  const words = view(bytes);
  let at = 2;
  while (at + 9 < bytes.length) {
    if (bytes[at] !== 0xff) throw new Error('a segment does not begin where the one before it ends');
    const marker = bytes[at + 1];
    if (marker === 0xff) at += 1;
    else if (isFrame(marker)) {
      return { width: words.getUint16(at + 7), height: words.getUint16(at + 5), bytes: 1, samples: bytes[at + 9] };
    } else at += 2 + words.getUint16(at + 2);
  }
  throw new Error('it ends before its frame begins');
}

/** SOF0 to SOF15, without the tables that have numbers among them. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}
