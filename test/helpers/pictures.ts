import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

/** Of PNG, which zlib has only in newer Nodes. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function chunk(name: string, body: Uint8Array): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), body]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}

/** A PNG of 8-bit colours, whose rows are not filtered. */
export function pngOf(
  width: number,
  height: number,
  colourAt: (x: number, y: number, channel: number) => number,
): Buffer {
  const rows = Buffer.alloc(height * (1 + 3 * width));
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < 3 * width; i++) rows[y * (1 + 3 * width) + 1 + i] = colourAt(Math.floor(i / 3), y, i % 3);
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head.set([8, 2], 8);
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** Writes so many small pictures of each class, all different: in one class it is brighter on the left, in the next at the top, in the third in the middle. */
export async function writePictures(
  folder: string,
  counts: Readonly<Record<string, number>>,
  side = 10,
): Promise<void> {
  const slopes = [
    (x: number) => x / side,
    (_: number, y: number) => y / side,
    (x: number, y: number) => 1 - Math.abs(x + y - side) / side,
  ];
  let seed = 1;
  const noise = (): number => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  for (const [number, [name, count]] of Object.entries(counts).entries()) {
    await mkdir(join(folder, name), { recursive: true });
    for (let i = 0; i < count; i++) {
      const picture = pngOf(side, side, (x, y, c) => 40 + 150 * slopes[number % 3](x, y) + 20 * c + 25 * noise());
      await writeFile(join(folder, name, `${String(i).padStart(4, '0')}.png`), picture);
    }
  }
}
