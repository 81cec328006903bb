import type { Affine } from './affine.js';

/** What lies beyond the edge of a picture: its mirror image, its last pixel, or black. */
export const fills = ['reflect', 'nearest', 'constant'] as const;
export type Fill = (typeof fills)[number];

/** A picture in bytes from `at` on. */
export interface Bytes {
  readonly values: Uint8Array;
  readonly at: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** Writes what an affine map makes of a picture to `out`, bilinear, as `keras.ops.image.affine_transform` does on TensorFlow. */
export function warp(picture: Bytes, [a0, a1, a2, b0, b1, b2]: Affine, fill: Fill, out: Float32Array): void {
  const { values, at, height, width, channels } = picture;
  let next = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const column = inside(a0 * x + a1 * y + a2, width, fill);
      const row = inside(b0 * x + b1 * y + b2, height, fill);
      const [left, top] = [Math.floor(column), Math.floor(row)];
      const [behind, below] = [column - left, row - top];
      const hasLeft = left >= 0 && left < width ? 1 - behind : 0;
      const hasRight = left >= -1 && left < width - 1 ? behind : 0;
      const upper = top >= 0 && top < height ? 1 - below : 0;
      const lower = top >= -1 && top < height - 1 ? below : 0;
      const corner = at + (top * width + left) * channels;
      const line = width * channels;
      for (let c = 0; c < channels; c++) {
        let value = 0;
        if (upper > 0) value += upper * pair(values, corner + c, channels, hasLeft, hasRight);
        if (lower > 0) value += lower * pair(values, corner + line + c, channels, hasLeft, hasRight);
        out[next++] = value;
      }
    }
  }
}

function pair(values: Uint8Array, at: number, step: number, left: number, right: number): number {
  return (left > 0 ? left * values[at] : 0) + (right > 0 ? right * values[at + step] : 0);
}

/** A place as it lies within the picture; with `constant` it may stay outside. TensorFlow's MapCoordinate. */
function inside(place: number, length: number, fill: Fill): number {
  if (fill === 'constant') return place;
  if (fill === 'nearest') return within(place, length);
  const turned = place - 2 * length * Math.floor(place / (2 * length));
  return within(turned < length ? turned : 2 * length - 1 - turned, length);
}

const within = (place: number, length: number): number => Math.max(0, Math.min(length - 1, place));
