import type { Resizing } from './resize.js';

/** What every picture of a folder becomes. */
export interface Making extends Resizing {
  /** 1: gray, 3: red, green and blue. */
  readonly channels: 1 | 3;
}

/** Bytes of one picture that is made. */
export const bytesOf = ({ height, width, channels }: Making): number => height * width * channels;

/** Pictures to decode; several threads may work at the same ones, each taking the next that nobody has taken. */
export interface PictureTask {
  readonly folder: string;
  readonly names: readonly string[];
  readonly making: Making;
  /** Where the pictures go, one after another. */
  readonly out: SharedArrayBuffer;
  /** One Int32: how many are taken. */
  readonly taken: SharedArrayBuffer;
}

/** A picture that cannot be had. */
export interface PictureProblem {
  /** Its place among the names. */
  readonly index: number;
  /** What is wrong, to stand within a sentence; of a package that is missing the whole sentence. */
  readonly message: string;
  readonly isMissingPackage: boolean;
}
