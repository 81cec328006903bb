import type { Seed } from '../../../shared/random/rng.js';
import type { LabelledData, RowSource } from '../../options/trainerOptions.js';
import type { Augment } from './augmentOptions.js';
import { defaultLoaders, PictureLoader } from './loader.js';
import { requireNone } from './pictures.js';
import { labelsOf, type Targets } from './targets.js';
import { bytesOf, type Making } from './task.js';

/** Labelled pictures, each made when a batch needs it. */
export interface SourcePictures {
  readonly folder: string;
  /** Names of the files, below the folder. */
  readonly names: readonly string[];
  /** The pixels of all of them, where memory holds them. */
  readonly pixels?: SharedArrayBuffer;
  readonly making: Making;
  readonly augment?: Augment;
  readonly seed: Seed;
  readonly targets: Targets;
  /** What bytes are divided by. */
  readonly scale: number;
  readonly loaders?: number;
}

/**
 * Pictures as rows of a source: those of a batch are made by loader threads in memory that the next batch takes again, as what `read`
 * returns is copied before its next call.
 */
export function pictureSource(given: SourcePictures): RowSource {
  const { folder, names, pixels, making, augment, seed, targets, scale, loaders = defaultLoaders() } = given;
  const loader = new PictureLoader(loaders);
  let out = new SharedArrayBuffer(0);
  const read = async (rows: Int32Array, pass: number): Promise<LabelledData> => {
    const size = rows.length * bytesOf(making);
    if (out.byteLength < size) out = new SharedArrayBuffer(size);
    const chosen = Array.from(rows, (row) => names[row]);
    const origin = pixels === undefined ? { folder, names: chosen } : { pixels };
    const augmenting = augment && { options: augment, seed, pass };
    const problems = await loader.load({ origin, rows, target: { making, out, ...(augmenting && { augmenting }) } });
    requireNone(problems, { folder, names: chosen });
    return { x: pixelsOf(new Uint8Array(out, 0, size), making, scale), y: labelsOf(targets, rows) };
  };
  return { rows: names.length, read, close: () => loader.close() };
}

/** Pixels as `fit` takes them. */
export function pixelsOf(values: Uint8Array, making: Making, scale: number) {
  const { height, width, channels } = making;
  return { values, shape: [values.length / bytesOf(making), height, width, channels], scale: 1 / scale };
}
