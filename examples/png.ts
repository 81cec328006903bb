import { writeFile } from 'node:fs/promises';
import { crc32, deflateSync } from 'node:zlib';

/** Grey values from 0 (black) to 1 (white), row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly values: Float32Array;
}

/** Square images side by side, `columns` in a row, with a line of one pixel between them, each pixel `zoom` wide. */
export function contactSheet(images: Float32Array, side: number, columns: number, zoom: number): Picture {
  const count = images.length / (side * side);
  const rows = Math.ceil(count / columns);
  const cell = side * zoom + 1;
  const picture = {
    width: columns * cell,
    height: rows * cell,
    values: new Float32Array(columns * rows * cell * cell),
  };
  for (let image = 0; image < count; image++) {
    const [left, top] = [(image % columns) * cell, Math.floor(image / columns) * cell];
    for (let y = 0; y < side * zoom; y++) {
      for (let x = 0; x < side * zoom; x++) {
        const pixel = Math.floor(y / zoom) * side + Math.floor(x / zoom);
        picture.values[(top + y) * picture.width + left + x] = images[image * side * side + pixel];
      }
    }
  }
  return picture;
}

/** Writes a PNG of 8-bit greys: W3C, "Portable Network Graphics (PNG) Specification". */
export async function writePng(path: string, { width, height, values }: Picture): Promise<void> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8; // bits a sample; colour type 0 is grey
  const lines = Buffer.alloc(height * (width + 1)); // each line begins with its filter, 0 for none
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      lines[y * (width + 1) + 1 + x] = Math.round(255 * Math.min(Math.max(values[y * width + x], 0), 1));
    }
  }
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const chunks = [chunk('IHDR', header), chunk('IDAT', deflateSync(lines)), chunk('IEND', Buffer.alloc(0))];
  await writeFile(path, Buffer.concat([signature, ...chunks]));
}

function chunk(type: string, body: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), body]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(body.length, 0);
  named.copy(framed, 4);
  framed.writeUInt32BE(crc32(named), named.length + 4);
  return framed;
}
