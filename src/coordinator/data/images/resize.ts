import type { Pixels } from './decode.js';

export const interpolations = ['bilinear', 'nearest'] as const;
export type Interpolation = (typeof interpolations)[number];

/** What becomes of a picture whose sides have another ratio: it is stretched, or its middle is cut out, or it gets borders of 0. */
export const fits = ['stretch', 'crop', 'pad'] as const;
export type Fit = (typeof fits)[number];

/** What pictures are made. */
export interface Resizing {
  readonly height: number;
  readonly width: number;
  readonly interpolation: Interpolation;
  readonly fit: Fit;
}

/**
 * Writes a picture in another size to `out` at `at`, as `tf.image.resize` does without antialiasing (half-pixel centres), rounded
 * to bytes; `crop` and `pad` are crop_to_aspect_ratio and pad_to_aspect_ratio of Keras.
 */
export function resize(picture: Pixels, to: Resizing, out: Uint8Array, at: number): void {
  const { channels, values } = picture;
  const box = boxOf(picture, to);
  if (isSame(picture, to)) {
    out.set(values.subarray(0, to.height * to.width * channels), at);
    return;
  }
  const rows = axisTaps(box.y, to.height, picture.width * channels, to.interpolation);
  const columns = axisTaps(box.x, to.width, channels, to.interpolation);
  let next = at;
  for (let y = 0; y < to.height; y++) {
    const [top, bottom] = [rows.low[y], rows.high[y]];
    const [above, below] = [rows.lowShare[y], rows.highShare[y]];
    for (let x = 0; x < to.width; x++) {
      const [left, right] = [columns.low[x], columns.high[x]];
      const [before, behind] = [columns.lowShare[x], columns.highShare[x]];
      for (let c = 0; c < channels; c++) {
        const upper = values[top + left + c] * before + values[top + right + c] * behind;
        const lower = values[bottom + left + c] * before + values[bottom + right + c] * behind;
        // Sums of bytes by shares that add up to 1 at most: nothing to clip.
        out[next++] = (upper * above + lower * below + 0.5) | 0;
      }
    }
  }
}

function isSame({ width, height }: Pixels, to: Resizing): boolean {
  return width === to.width && height === to.height;
}

/** What is done along one axis: `kept` pixels of the picture from `from` on become `made` pixels of the result from `at` on. */
interface Span {
  readonly from: number;
  readonly kept: number;
  readonly at: number;
  readonly made: number;
}

/** `smart_resize` of Keras 3.15.1 and `tf.image.resize_with_pad`, with their truncations. */
function boxOf({ width, height }: Pixels, to: Resizing): { y: Span; x: Span } {
  if (to.fit === 'pad') {
    const ratio = Math.max(width / to.width, height / to.height);
    return { y: bordered(height, to.height, ratio), x: bordered(width, to.width, ratio) };
  }
  const tall = to.fit === 'crop' ? Math.trunc((width * to.height) / to.width) : height;
  const wide = to.fit === 'crop' ? Math.trunc((height * to.width) / to.height) : width;
  return { y: middle(height, tall, to.height), x: middle(width, wide, to.width) };
}

function middle(length: number, wanted: number, made: number): Span {
  const kept = Math.max(1, Math.min(length, wanted));
  return { from: Math.trunc((length - kept) / 2), kept, at: 0, made };
}

/** In float32, as there: a quotient that is not whole may be rounded to a whole number. */
function bordered(length: number, target: number, ratio: number): Span {
  const made = Math.fround(length / Math.fround(ratio));
  return { from: 0, kept: length, at: Math.max(0, Math.floor((target - made) / 2)), made: Math.floor(made) };
}

/** For each place of an axis the two places that it is made of, times `stride`, and their shares. */
interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly lowShare: Float64Array;
  readonly highShare: Float64Array;
}

function axisTaps({ from, kept, at, made }: Span, to: number, stride: number, interpolation: Interpolation): Taps {
  const [low, high] = [new Int32Array(to), new Int32Array(to)];
  const [lowShare, highShare] = [new Float64Array(to), new Float64Array(to)];
  const scale = kept / made;
  for (let i = 0; i < made; i++) {
    const place = interpolation === 'nearest' ? Math.floor((i + 0.5) * scale) : (i + 0.5) * scale - 0.5;
    const floor = Math.floor(place);
    low[at + i] = (from + Math.max(0, Math.min(kept - 1, floor))) * stride;
    high[at + i] = (from + Math.min(kept - 1, floor + 1)) * stride;
    highShare[at + i] = place - floor;
    lowShare[at + i] = 1 - highShare[at + i];
  }
  return { low, high, lowShare, highShare };
}
