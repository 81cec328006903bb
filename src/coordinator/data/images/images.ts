import { z } from 'zod';
import { givenPath } from '../../../shared/givenPath.js';
import { seedHalves } from '../../../shared/random/rng.js';
import { flag, pathOf, share } from '../../options/fields.js';
import { readOptions } from '../../options/readOptions.js';
import { seed } from '../../options/trainerFields.js';
import type { LabelledData, RowSource } from '../../options/trainerOptions.js';
import { type ClassFile, listClasses, type WantedFiles } from '../classFolder.js';
import { stratifiedSplit } from '../stratified.js';
import { makingOf, type PictureOptions, pictureFields } from './options.js';
import { makePictures } from './pictures.js';
import { pictureSource, pixelsOf } from './source.js';
import { labelsOf, type Targets } from './targets.js';
import { bytesOf } from './task.js';

/** Files that are taken for pictures. */
export const pictureFiles: WantedFiles = {
  what: 'pictures',
  ends: ['.png', '.jpg', '.jpeg', '.bmp', '.gif', '.webp', '.tif', '.tiff'],
};

/** Bytes of pixels that are kept in memory where nobody says whether they are to be. */
export const CACHE_BYTES = 2 ** 29;

export interface ImageOptions extends PictureOptions {
  /** The classes, in the order of the model's outputs; default: the folders, by code point. */
  readonly classes?: readonly string[];
  /** Give targets as a 1 among as many numbers as there are classes (for categoricalCrossentropy); default: class numbers. */
  readonly oneHot?: boolean;
  /** Share of every class to validate on, chosen by the seed; default: none. */
  readonly validationSplit?: number;
  /** A folder to validate on instead. */
  readonly validation?: string | URL;
  /** Keys the split and the augmentation; default 0. */
  readonly seed?: number;
}

/** Pictures to train on and to validate on. */
export interface Images {
  /** Names of the classes, in the order of their numbers. */
  readonly classes: readonly string[];
  /** The files of the training rows, below the folder. */
  readonly files: readonly string[];
  /** What `fit` takes. */
  readonly train: (LabelledData & { readonly rows: number }) | RowSource;
  /** What `fit` takes as `validationData`; null where nothing is to be validated on. */
  readonly validation: (LabelledData & { readonly rows: number }) | null;
}

const schema = z.strictObject({
  ...pictureFields,
  classes: z.array(z.string(), { error: 'a list of class names' }).exactOptional(),
  oneHot: flag().default(false),
  validationSplit: share().exactOptional(),
  validation: pathOf('the path of a folder').exactOptional(),
  seed: seed(),
}) satisfies z.ZodType<ImageOptions>;

type Options = z.output<typeof schema>;

/**
 * Reads a folder of pictures, in which each folder is a class: PNG, JPEG, BMP, GIF (the first frame), WebP and TIFF, decoded to the
 * bytes of `tf.io.decode_image` and resized as Keras does. Rows are [height, width, channels], bytes / `scale`.
 *
 * @throws LockstepError `PICTURES_UNREADABLE` with the first ten files that cannot be read, where they are decoded before training;
 * `FOLDER_INVALID` where the folder has no classes; `PACKAGE_MISSING` where a decoder is not installed.
 */
export async function readImages(folder: string | URL, given: ImageOptions): Promise<Images> {
  return openImages(givenPath(folder), readOptions('data.images', schema, given));
}

/** The same with options that are read. */
export async function openImages(folder: string, options: Options): Promise<Images> {
  const { validationSplit, validation, seed } = options;
  const { classes, files } = await listClasses(folder, pictureFiles, options.classes);
  const read = (path: string, some: readonly ClassFile[]) => readFiles(path, some, { ...options, classes });
  if (validationSplit !== undefined) {
    const parts = stratifiedSplit(
      files.map(({ label }) => label),
      validationSplit,
      seed,
    );
    const [train, held] = [parts.train, parts.validation].map((rows) => Array.from(rows, (row) => files[row]));
    return {
      classes,
      files: namesOf(train),
      train: await openTraining(folder, train, classes, options),
      validation: await read(folder, held),
    };
  }
  const held = validation === undefined ? null : await listClasses(validation, pictureFiles, classes);
  return {
    classes,
    files: namesOf(files),
    train: await openTraining(folder, files, classes, options),
    validation: held === null ? null : await read(validation as string, held.files),
  };
}

const namesOf = (files: readonly ClassFile[]): string[] => files.map(({ name }) => name);

/** In memory where they are as they are read; made batch by batch where they are too large for it, or augmented. */
async function openTraining(folder: string, files: readonly ClassFile[], classes: readonly string[], options: Options) {
  const { scale, loaders, augment, seed, cache } = options;
  const making = makingOf(options);
  const names = namesOf(files);
  const isKept = cache ?? files.length * bytesOf(making) <= CACHE_BYTES;
  if (isKept && augment === undefined) return readFiles(folder, files, { ...options, classes });
  const pixels = isKept ? await makePictures({ folder, names, making }, loaders) : undefined;
  const targets = targetsOf(files, classes, options.oneHot);
  return pictureSource({
    ...{ folder, names, making, targets, scale, seed: seedHalves(seed) },
    ...(pixels !== undefined && { pixels: pixels.buffer }),
    ...(augment !== undefined && { augment }),
    ...(loaders !== undefined && { loaders }),
  });
}

/** What rows in memory are made by. */
type RowOptions = Omit<Options, 'seed' | 'classes'> & { readonly classes: readonly string[] };

/** Files as rows in memory. */
export async function readFiles(folder: string, files: readonly ClassFile[], options: RowOptions) {
  const making = makingOf(options);
  const values = await makePictures({ folder, names: namesOf(files), making }, options.loaders);
  const targets = targetsOf(files, options.classes, options.oneHot);
  return {
    rows: files.length,
    x: pixelsOf(values, making, options.scale),
    y: labelsOf(
      targets,
      targets.labels.map((_, row) => row),
    ),
  };
}

function targetsOf(files: readonly ClassFile[], classes: readonly string[], oneHot: boolean): Targets {
  return { labels: Int32Array.from(files, ({ label }) => label), classes: classes.length, oneHot };
}
