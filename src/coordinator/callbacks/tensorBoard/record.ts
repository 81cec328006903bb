/**
 * The frame of a record in a TFRecord file, which TensorBoard reads: its length, the checksum of that, the bytes, their checksum
 * (tensorflow/core/lib/io/record_writer.h).
 */
export function record(bytes: Uint8Array): Buffer {
  const framed = Buffer.alloc(HEADER + bytes.length + FOOTER);
  framed.writeBigUInt64LE(BigInt(bytes.length), 0);
  framed.writeUInt32LE(masked(framed.subarray(0, 8)), 8);
  framed.set(bytes, HEADER);
  framed.writeUInt32LE(masked(bytes), HEADER + bytes.length);
  return framed;
}

const HEADER = 12;
const FOOTER = 4;

/** CRC-32C turned and shifted, so that the checksum of a file that holds checksums differs (tensorflow/core/lib/hash/crc32c.h). */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** CRC-32 with the polynomial of Castagnoli (RFC 3720, appendix B.4). Node's own crc32 has another one. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

const REVERSED_POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ REVERSED_POLYNOMIAL : crc >>> 1;
  return crc;
});
