import { readSync } from 'node:fs';
import * as zlib from 'node:zlib';

type Crc32 = (data: Uint8Array, before?: number) => number;

/** The checksum of a zip's members; `before` is that of the bytes so far. Node has it from 20.15 on. */
export const crc32: Crc32 = (zlib as { readonly crc32?: Crc32 }).crc32 ?? crc32ByTable;

const CHUNK = 2 ** 20;

/** The checksum of a part of an open file. */
export function crcOfFile(descriptor: number, base: number, size: number): number {
  const buffer = new Uint8Array(Math.min(CHUNK, size));
  let crc = 0;
  for (let done = 0; done < size; ) {
    const got = readSync(descriptor, buffer, 0, Math.min(CHUNK, size - done), base + done);
    if (got === 0) throw new Error('it ends too early');
    crc = crc32(buffer.subarray(0, got), crc);
    done += got;
  }
  return crc;
}

let table: Uint32Array | undefined;

export function crc32ByTable(data: Uint8Array, before = 0): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) === 0 ? value >>> 1 : (value >>> 1) ^ 0xedb88320;
    return value;
  });
  let crc = ~before;
  for (const byte of data) crc = table[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}
