import { Draws, type Seed } from '../../../shared/random/rng.js';
import { type Affine, after, crop, flip, identity, rotation, translation, zoom } from './affine.js';
import type { Augment } from './augmentOptions.js';
import { addNoise, brighten, contrast, saturate } from './colours.js';
import { type Bytes, warp } from './warp.js';

/** Elements of the draws of one picture; noise takes those from `noise` on. Their numbers are part of the format of a run. */
const elements = {
  flipX: 0,
  flipY: 1,
  y: 2,
  x: 3,
  angle: 4,
  zoom: 5,
  crop: 6,
  cropY: 7,
  cropX: 8,
  brightness: 9,
  contrast: 10,
  saturation: 11,
  noise: 16,
};

/** Whose draws a picture takes. */
export interface AugmentKey {
  readonly seed: Seed;
  readonly pass: number;
  readonly row: number;
}

let tones = new Float32Array(0);

/** Writes to `out` at `at` what becomes of a picture, which may lie there itself. */
export function augment(
  picture: Bytes,
  options: Augment,
  { seed, pass, row }: AugmentKey,
  out: Uint8Array,
  at: number,
): void {
  const { height, width, channels } = picture;
  const size = height * width * channels;
  if (tones.length !== size) tones = new Float32Array(size);
  const draws = new Draws(seed).at('augment', 0, pass, row);
  warp(picture, mapOf(options, draws, height, width), options.fill, tones);
  recolour(options, draws, { values: tones, channels });
  for (let i = 0; i < size; i++) out[at + i] = (tones[i] + 0.5) | 0;
}

/** Each is done to the result of the one before it, as a chain of Keras's layers would. */
function mapOf(options: Augment, draws: Draws, height: number, width: number): Affine {
  const about = around(draws);
  const maps: Affine[] = [];
  const turnsOver = (element: number): boolean => draws.uniform(element) < 0.5;
  if (options.flip !== undefined) {
    const [isHorizontal, isVertical] = [options.flip !== 'vertical', options.flip !== 'horizontal'];
    maps.push(flip(isHorizontal && turnsOver(elements.flipX), isVertical && turnsOver(elements.flipY), height, width));
  }
  if (options.translation !== undefined) {
    maps.push(
      translation(about(options.translation, elements.y) * height, about(options.translation, elements.x) * width),
    );
  }
  if (options.rotation !== undefined) {
    maps.push(rotation(about(options.rotation, elements.angle) * 2 * Math.PI, height, width));
  }
  if (options.zoom !== undefined) maps.push(zoom(1 + about(options.zoom, elements.zoom), height, width));
  if (options.crop !== undefined) {
    const kept = options.crop + (1 - options.crop) * draws.uniform(elements.crop);
    maps.push(crop(kept, draws.uniform(elements.cropY), draws.uniform(elements.cropX), height, width));
  }
  return maps.reduce(after, identity);
}

function recolour(options: Augment, draws: Draws, picture: Parameters<typeof brighten>[0]): void {
  const about = around(draws);
  if (options.brightness !== undefined) brighten(picture, about(options.brightness, elements.brightness));
  if (options.contrast !== undefined) contrast(picture, 1 + about(options.contrast, elements.contrast));
  if (options.saturation !== undefined) saturate(picture, 1 + about(options.saturation, elements.saturation));
  if (options.noise !== undefined) addNoise(picture, options.noise, draws, elements.noise);
}

/** A uniform number between −most and most. */
function around(draws: Draws): (most: number, element: number) => number {
  return (most, element) => most * (2 * draws.uniform(element) - 1);
}
