import { optionalModule } from '../../../shared/modules.js';
import { decodeLz4 } from './lz4.js';

export type Arrow = typeof import('apache-arrow');

/** apache-arrow, with the two codecs of its format, which it has not by itself. */
export async function loadArrow(): Promise<Arrow> {
  const arrow = await optionalModule('apache-arrow', 'Arrow files are read', () => import('apache-arrow'));
  const { compressionRegistry, CompressionType } = arrow;
  if (compressionRegistry.get(CompressionType.LZ4_FRAME) === null) {
    compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: decodeLz4 });
  }
  if (compressionRegistry.get(CompressionType.ZSTD) === null) {
    const { decompress } = await optionalModule('fzstd', 'Arrow files packed by ZSTD are read', () => import('fzstd'));
    compressionRegistry.set(CompressionType.ZSTD, {
      // What it gives may begin anywhere, but numbers of 64 bits begin at multiples of 8.
      decode: (frame) => decompress(requireSize(frame)).slice(),
    });
  }
  return arrow;
}

/** A frame may say that it unpacks to anything: this much is believed. */
const MOST_OF_BYTE = 1024;
const LEAST = 1 << 20;

/** Refuses a frame of ZSTD that says it unpacks to far more than it holds: https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1 */
function requireSize(frame: Uint8Array): Uint8Array {
  if (frame.length < 6) throw new Error('its ZSTD frame is cut off');
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const descriptor = frame[4];
  const isSingle = (descriptor & 0x20) !== 0;
  const at = 5 + (isSingle ? 0 : 1) + [0, 1, 2, 4][descriptor & 3];
  const bytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6];
  if (frame.length < at + bytes) throw new Error('its ZSTD frame is cut off');
  const window = isSingle ? 0 : 2 ** (10 + (frame[5] >> 3)) * (1 + (frame[5] & 7) / 8);
  const size =
    bytes === 8
      ? Number(view.getBigUint64(at, true))
      : bytes === 4
        ? view.getUint32(at, true)
        : bytes === 2
          ? view.getUint16(at, true) + 256
          : bytes === 1
            ? frame[at]
            : window;
  if (Math.min(size, Math.max(window, size)) <= MOST_OF_BYTE * frame.length + LEAST) return frame;
  throw new Error(`its ZSTD frame of ${frame.length} bytes says that it unpacks to ${size}`);
}
