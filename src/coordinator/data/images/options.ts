import { z } from 'zod';
import { flag, oneOf, positive, wholeNumber } from '../../options/fields.js';
import { type AugmentOptions, augmentSchema } from './augmentOptions.js';
import { type Fit, fits, type Interpolation, interpolations } from './resize.js';
import type { Making } from './task.js';

export const colours = ['rgb', 'gray'] as const;
export type Colours = (typeof colours)[number];

/** How pictures become rows. */
export interface PictureOptions {
  /** Height and width of every picture, in pixels. */
  readonly size: readonly [height: number, width: number];
  /** `rgb` (default) or `gray`, which is 0.299 · red + 0.587 · green + 0.114 · blue. Transparency is left away. */
  readonly channels?: Colours;
  /** How pixels of another size are found: `bilinear` (default) or `nearest`. As in Keras, nothing is averaged when a picture shrinks. */
  readonly interpolation?: Interpolation;
  /** What becomes of a picture of another ratio: `stretch` (default), `crop` its middle, or `pad` it with black. */
  readonly fit?: Fit;
  /** What the bytes 0 to 255 are divided by; default 255. */
  readonly scale?: number;
  /** Threads that decode; default: one a core, 8 at most. Their number changes no bit. */
  readonly loaders?: number;
  /**
   * Decode every picture once, before the first step, and keep the pixels in memory; default: where they are at most 512 MiB. Otherwise
   * they are decoded anew in each epoch, a little ahead of training.
   */
  readonly cache?: boolean;
  /** What is done to the pictures that are trained on, anew in every epoch; those to validate on stay as they are. */
  readonly augment?: AugmentOptions;
}

const sizeRule = 'a height and a width in pixels, such as [64, 64]';
const side = z.int({ error: sizeRule }).min(1, { error: sizeRule }).max(65_535, { error: sizeRule });

/** The options as schemas: configs and the library read the same ones. */
export const pictureFields = {
  size: z.tuple([side, side], { error: sizeRule }),
  channels: oneOf(colours).default('rgb'),
  interpolation: oneOf(interpolations).default('bilinear'),
  fit: oneOf(fits).default('stretch'),
  scale: positive().default(255),
  loaders: wholeNumber(1).exactOptional(),
  cache: flag().exactOptional(),
  augment: augmentSchema.exactOptional(),
};

type Parsed = { readonly [K in 'size' | 'channels' | 'interpolation' | 'fit']: z.output<(typeof pictureFields)[K]> };

export function makingOf({ size: [height, width], channels, interpolation, fit }: Parsed): Making {
  return { height, width, channels: channels === 'rgb' ? 3 : 1, interpolation, fit };
}
