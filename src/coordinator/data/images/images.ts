import { z } from 'zod';
import { givenPath } from '../../../shared/givenPath.js';
import { seedHalves } from '../../../shared/random/rng.js';
import { flag, pathOf, share } from '../../options/fields.js';
import { readOptions } from '../../options/readOptions.js';
import { seed } from '../../options/trainerFields.js';
import type { LabelledData, RowSource } from '../../options/trainerOptions.js';
import { type ClassFile, listClasses } from '../classFolder.js';
import { stratifiedSplit } from '../stratified.js';
import { pictureFiles } from './files.js';
import { makingOf, type PictureOptions, pictureFields } from './options.js';
import { checkPictures, makePictures } from './pictures.js';
import { pictureSource, pixelsOf } from './source.js';
import { labelsOf, type Targets } from './targets.js';
import { bytesOf } from './task.js';

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
  const held = validation === undefined ? null : await listClasses(validation, pictureFiles, classes);
  const parts =
    validationSplit === undefined
      ? null
      : stratifiedSplit(
          files.map(({ label }) => label),
          validationSplit,
          seed,
        );
  const rowsOf = (rows: Int32Array): ClassFile[] => Array.from(rows, (row) => files[row]);
  const [train, kept] = parts === null ? [files, []] : [rowsOf(parts.train), rowsOf(parts.validation)];
  const opened = await openParts(folder, train, kept, { ...options, classes });
  const apart = held === null ? null : await readFiles(validation as string, held.files, { ...options, classes });
  return { classes, files: namesOf(train), train: opened.train, validation: apart ?? opened.validation };
}

const namesOf = (files: readonly ClassFile[]): string[] => files.map(({ name }) => name);

/** What rows in memory are made by. */
type RowOptions = Omit<Options, 'seed' | 'classes'> & { readonly classes: readonly string[] };

/**
 * Pictures to train on, and those to validate on behind them. In memory, where they are not too many, all are decoded together, so that
 * what is damaged is told at once; else those to train on are made batch by batch.
 */
async function openParts(
  folder: string,
  train: readonly ClassFile[],
  held: readonly ClassFile[],
  options: RowOptions & Pick<Options, 'seed'>,
): Promise<Pick<Images, 'train' | 'validation'>> {
  const { cache, loaders } = options;
  const making = makingOf(options);
  const all = [...train, ...held];
  if (cache ?? all.length * bytesOf(making) <= CACHE_BYTES) {
    const pixels = await makePictures({ folder, names: namesOf(all), making }, loaders);
    const at = train.length * bytesOf(making);
    return {
      train:
        options.augment === undefined
          ? rowsOf(train, pixels.subarray(0, at), options)
          : sourceOf(folder, train, options, pixels.buffer),
      validation: held.length === 0 ? null : rowsOf(held, pixels.subarray(at), options),
    };
  }
  await checkPictures({ folder, names: namesOf(all) }, loaders);
  return {
    train: sourceOf(folder, train, options),
    validation: held.length === 0 ? null : await readFiles(folder, held, options),
  };
}

function sourceOf(
  folder: string,
  files: readonly ClassFile[],
  options: RowOptions & Pick<Options, 'seed'>,
  pixels?: SharedArrayBuffer,
): RowSource {
  const { scale, loaders, augment, seed } = options;
  const place = { folder, names: namesOf(files), making: makingOf(options), scale, seed: seedHalves(seed) };
  return pictureSource({
    ...place,
    targets: targetsOf(files, options),
    ...(pixels !== undefined && { pixels }),
    ...(augment !== undefined && { augment }),
    ...(loaders !== undefined && { loaders }),
  });
}

/** Files as rows in memory. */
export async function readFiles(folder: string, files: readonly ClassFile[], options: RowOptions) {
  const making = makingOf(options);
  return rowsOf(files, await makePictures({ folder, names: namesOf(files), making }, options.loaders), options);
}

function rowsOf(files: readonly ClassFile[], values: Uint8Array, options: RowOptions) {
  const targets = targetsOf(files, options);
  const rows = Int32Array.from(files, (_, row) => row);
  return { rows: files.length, x: pixelsOf(values, makingOf(options), options.scale), y: labelsOf(targets, rows) };
}

function targetsOf(files: readonly ClassFile[], { classes, oneHot }: Pick<RowOptions, 'classes' | 'oneHot'>): Targets {
  return { labels: Int32Array.from(files, ({ label }) => label), classes: classes.length, oneHot };
}
