import { z } from 'zod';
import { finite, oneOf, share } from '../../options/fields.js';
import { type Fill, fills } from './warp.js';

const flips = ['horizontal', 'vertical', 'both'] as const;

/**
 * What is done to a picture each time that it is trained on. Every picture of every epoch has its own draws, keyed by (seed, epoch, row).
 * Turned, moved and cut in one bilinear step, then its colours are changed in the order below, then it is rounded to bytes.
 */
export interface AugmentOptions {
  /** Turn over with probability ½: left and right, top and bottom, or both, each by itself. */
  readonly flip?: (typeof flips)[number];
  /** Move by up to this share of the height and of the width. */
  readonly translation?: number;
  /** Turn by up to this share of a full turn, either way. */
  readonly rotation?: number;
  /** Make smaller or larger by up to this share. */
  readonly zoom?: number;
  /** Cut out a window of at least this share of both sides, anywhere, and enlarge it. */
  readonly crop?: number;
  /** What comes in from beyond the edges: `reflect` (default), `nearest` or `constant` (black). */
  readonly fill?: Fill;
  /** Add up to this share of the range, or take it away. */
  readonly brightness?: number;
  /** Move values towards the mean of their channel, or away from it, by up to this share. */
  readonly contrast?: number;
  /** Move colours towards gray, or away from it, by up to this share. */
  readonly saturation?: number;
  /** Add normal noise of this deviation, as a share of the range. */
  readonly noise?: number;
}

const upToOne = () => {
  const error = 'a number above 0 and at most 1';
  return finite().gt(0, { error }).max(1, { error });
};

export const augmentSchema = z.strictObject(
  {
    flip: oneOf(flips).exactOptional(),
    translation: upToOne().exactOptional(),
    rotation: upToOne().exactOptional(),
    zoom: share().exactOptional(),
    crop: share().exactOptional(),
    fill: oneOf(fills).default('reflect'),
    brightness: upToOne().exactOptional(),
    contrast: upToOne().exactOptional(),
    saturation: upToOne().exactOptional(),
    noise: upToOne().exactOptional(),
  },
  { error: 'a section with keys such as flip, translation, rotation, zoom' },
) satisfies z.ZodType<AugmentOptions>;

export type Augment = z.output<typeof augmentSchema>;
