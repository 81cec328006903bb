import type { Seed } from '../../../shared/random/rng.js';
import type { Augment } from './augmentOptions.js';
import type { Resizing } from './resize.js';

/** What every picture of a folder becomes. */
export interface Making extends Resizing {
  /** 1: gray, 3: red, green and blue. */
  readonly channels: 1 | 3;
}

/** Bytes of one picture that is made. */
export const bytesOf = ({ height, width, channels }: Making): number => height * width * channels;

/** Where pictures come from: files, one for each row, or the pixels of all rows that were made before. */
export type PictureOrigin =
  | { readonly folder: string; readonly names: readonly string[] }
  | { readonly pixels: SharedArrayBuffer };

/** What is done to pictures after that, in one pass over the rows. */
export interface Augmenting {
  readonly options: Augment;
  readonly seed: Seed;
  readonly pass: number;
}

/** What pictures become, and where. */
export interface PictureTarget {
  readonly making: Making;
  readonly augmenting?: Augmenting;
  /** Where they go, one after another. */
  readonly out: SharedArrayBuffer;
}

/** Pictures to make; several threads may work at the same ones, each taking the next that nobody has taken. */
export interface PictureTask {
  readonly origin: PictureOrigin;
  /** Numbers of the rows, in the order in which they are wanted. */
  readonly rows: Int32Array;
  /** What they become; null where it is only looked whether each begins as a picture. */
  readonly target: PictureTarget | null;
  /** One Int32: how many are taken. */
  readonly taken: SharedArrayBuffer;
}

/** A picture that cannot be had. */
export interface PictureProblem {
  /** Its place among the rows. */
  readonly index: number;
  /** What is wrong, to stand within a sentence; of a package that is missing the whole sentence. */
  readonly message: string;
  readonly isMissingPackage: boolean;
}
