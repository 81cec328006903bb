import { optionalModule } from '../../../shared/modules.js';
import { type Header, jpegHeader, kindOf, type PictureKind, pngHeader } from './headers.js';

/** Pixels of one picture, row by row; they may lie in memory that the next picture takes. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 1: gray, 3: red, green and blue. */
  readonly channels: 1 | 3;
  readonly values: Uint8Array;
}

/** More pixels than a camera takes: a small file may say that it has any number. */
const MOST_PIXELS = 2 ** 27;

/**
 * The pixels of a picture as `tf.io.decode_image` of TensorFlow 2.21 gives them, in every byte (CMYK JPEGs within 2): transparency
 * is left away, 16 bits keep the high byte, palettes are looked up, colour profiles and orientations are not applied.
 * Throws an error whose message says what is wrong with the file.
 */
export async function decode(bytes: Buffer, channels: 1 | 3): Promise<Pixels> {
  const kind = requirePicture(bytes);
  if (kind === 'gif') return firstFrame(bytes, channels);
  if (kind !== 'jpeg') return decodePlain(bytes, kind, channels);
  const header = requirePixels(jpegHeader(bytes));
  return header.samples === 4 ? decodePlain(bytes, kind, channels) : decodeJpeg(bytes, header, channels);
}

/** What kind of picture a file is, by how it begins; throws where it is none. */
export function requirePicture(bytes: Uint8Array): PictureKind {
  const kind = kindOf(bytes);
  if (kind !== null) return kind;
  throw new Error(bytes.length === 0 ? 'it is empty' : 'it is no picture of a kind that is read');
}

function requirePixels(header: Header): Header {
  const { width, height } = header;
  if (width * height === 0 || width * height > MOST_PIXELS) {
    throw new Error(`its header says ${width} × ${height} pixels; there may be 1 to ${MOST_PIXELS}`);
  }
  return header;
}

/** Used again: half a megabyte for every picture is more than the collector of garbage notices in time. */
let scratch = Buffer.alloc(0);

async function decodeJpeg(bytes: Buffer, { width, height }: Header, channels: 1 | 3): Promise<Pixels> {
  const turbo = (
    await optionalModule('@julusian/jpeg-turbo', 'JPEG pictures are decoded', () => import('@julusian/jpeg-turbo'))
  ).default;
  const size = width * height * channels;
  if (scratch.length < size) scratch = Buffer.alloc(size);
  const format = channels === 1 ? turbo.FORMAT_GRAY : turbo.FORMAT_RGB;
  const { data } = turbo.decompressSync(bytes, scratch, { format });
  return { width, height, channels, values: data.subarray(0, size) };
}

/** PNG, BMP, WebP, TIFF, and the JPEGs of four channels that libjpeg-turbo does not turn into colours. */
async function decodePlain(bytes: Buffer, kind: PictureKind, channels: 1 | 3): Promise<Pixels> {
  const { Transformer } = await optionalModule(
    '@napi-rs/image',
    'PNG, BMP, WebP and TIFF pictures are decoded',
    () => import('@napi-rs/image'),
  );
  const file = new Transformer(bytes);
  const { width, height, bytes: depth } = requirePixels(kind === 'png' ? pngHeader(bytes) : metadata(file));
  const raw = file.rawPixelsSync();
  const samples = raw.length / (width * height * depth);
  if (![1, 2, 3, 4].includes(samples)) throw new Error(`it has ${samples} samples a pixel; there may be 1 to 4`);
  return { width, height, channels, values: toChannels(raw, width * height, samples, depth, channels) };
}

/** Colour types from 4 on have samples of two bytes; those of more are refused. */
function metadata(file: { metadataSync(): { width: number; height: number; colorType: number } }): Header {
  const { width, height, colorType } = file.metadataSync();
  if (colorType > 7) throw new Error('its samples have more than 16 bits');
  return { width, height, bytes: colorType >= 4 ? 2 : 1 };
}

async function firstFrame(bytes: Buffer, channels: 1 | 3): Promise<Pixels> {
  const sharp = (await optionalModule('sharp', 'GIF pictures are decoded', () => import('sharp'))).default;
  const { data, info } = await sharp(bytes, { limitInputPixels: MOST_PIXELS })
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels: samples } = info;
  return { width, height, channels, values: toChannels(data, width * height, samples, 1, channels) };
}

/** Pixels of 1 (gray), 2 (gray, alpha), 3 or 4 samples as gray or colours; of two bytes the high one counts, which is the second. */
function toChannels(raw: Uint8Array, pixels: number, samples: number, depth: 1 | 2, channels: 1 | 3): Uint8Array {
  if (depth === 1 && samples === channels) return raw;
  const step = samples * depth;
  if (channels === 1 && samples >= 3)
    return depth === 1 ? grayOfBytes(raw, pixels, step) : grayOfWords(raw, pixels, step);
  const [green, blue] = samples < 3 ? [0, 0] : [depth, 2 * depth];
  const values = new Uint8Array(pixels * channels);
  for (let p = 0, from = depth - 1, to = 0; p < pixels; p++, from += step, to += channels) {
    values[to] = raw[from];
    if (channels === 1) continue;
    values[to + 1] = raw[from + green];
    values[to + 2] = raw[from + blue];
  }
  return values;
}

/** Shares of red, green and blue in gray (ITU-R BT.601) over 2^15, cut off as libpng cuts them. */
const [RED, GREEN, BLUE] = [9797, 19234, 3737];

/** As libpng's png_do_rgb_to_gray, which cuts the sum of bytes off and rounds that of two-byte samples. */
function grayOfBytes(raw: Uint8Array, pixels: number, step: number): Uint8Array {
  const values = new Uint8Array(pixels);
  for (let p = 0, at = 0; p < pixels; p++, at += step) {
    values[p] = (RED * raw[at] + GREEN * raw[at + 1] + BLUE * raw[at + 2]) >> 15;
  }
  return values;
}

function grayOfWords(raw: Uint8Array, pixels: number, step: number): Uint8Array {
  const values = new Uint8Array(pixels);
  const word = (at: number): number => raw[at] + 256 * raw[at + 1];
  for (let p = 0, at = 0; p < pixels; p++, at += step) {
    const sum = RED * word(at) + GREEN * word(at + 2) + BLUE * word(at + 4);
    values[p] = Math.floor((sum + 2 ** 14) / 2 ** 15) >> 8;
  }
  return values;
}
