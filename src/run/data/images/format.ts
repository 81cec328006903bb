import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type ClassFile, listClasses, listFiles } from '../../../coordinator/data/classFolder.js';
import { openImages, pictureFiles, readFiles } from '../../../coordinator/data/images/images.js';
import { userError } from '../../../shared/errors.js';
import { requireOutputs } from '../classTarget.js';
import type { CountedRows, DataFormat, LoadedRows } from '../format.js';
import { identityOf } from './identity.js';
import { type KeptImages, keptOfImages, readingOf } from './reading.js';
import { imagesSection } from './section.js';

/** Pictures in a folder for each class. */
export const images: DataFormat<typeof imagesSection, KeptImages> = {
  key: 'images',
  schema: imagesSection,
  paths: ['images', 'validation'],
  file: 'a folder of pictures, or a picture',
  areModules: false,
  conflict: () => undefined,
  async inputShape({ size, channels = 'rgb', images }) {
    if (size !== undefined) return [...size, channels === 'gray' ? 1 : 3];
    throw userError(
      'SHAPE_MISSING',
      `How large pictures of ${images} are to be is not said: give data.size, such as [64, 64], or the first layer an inputShape.`,
    );
  },
  async load(data, request) {
    const { images: folder, classes: given, loaders, cache, augment, validation } = data;
    const reading = readingOf(data, request);
    const { validationSplit, seed, model } = request;
    // The classes are known before a picture is decoded, which takes its time.
    const { classes } = await listClasses(folder, pictureFiles, given);
    requireOutputs(folder, classes.length, reading.target, model.outputShape);
    const {
      train,
      validation: held,
      files,
    } = await openImages(folder, {
      ...reading,
      classes: [...classes],
      seed,
      oneHot: reading.target === 'oneHot',
      ...(loaders !== undefined && { loaders }),
      ...(cache !== undefined && { cache }),
      ...(augment !== undefined && { augment }),
      ...(validation !== undefined && { validation }),
      ...(validationSplit !== undefined && { validationSplit }),
    });
    const kept = { ...reading, classes: [...classes], rows: files.length, digest: await identityOf(folder, files) };
    return { train, validation: held, kept };
  },
  read: (path, kept) => readPictures(path, known(kept)),
  readLabelled: async (path, kept): Promise<CountedRows> => {
    const reading = known(kept);
    const { files } = await listClasses(path, pictureFiles, reading.classes);
    return readFiles(path, files, { ...reading, oneHot: reading.target === 'oneHot' });
  },
  keptSchema: keptOfImages,
  difference(began, found, run) {
    if (began.rows !== found.rows)
      return `has ${found.rows} pictures to train on, but the run in ${run} was started with ${began.rows}; restore them`;
    return began.digest === found.digest
      ? undefined
      : `no longer holds the pictures that the run in ${run} was started with; restore them`;
  },
  naming: (kept) => ({ target: known(kept).target, classes: known(kept).classes, label: [] }),
};

/** A picture, or all pictures of a folder, whether or not in folders for classes. */
async function readPictures(path: string, kept: KeptImages): Promise<LoadedRows> {
  const isFile = (await stat(path).catch(() => null))?.isFile() === true;
  const folder = isFile ? dirname(path) : path;
  const files: readonly ClassFile[] = isFile
    ? [{ name: basename(path), label: -1 }]
    : await listFiles(path, pictureFiles, kept.classes);
  const { rows, x } = await readFiles(folder, files, { ...kept, oneHot: false });
  return { rows, x, named: [{ column: 'file', values: files.map(({ name }) => name) }] };
}

/** Nothing is read for a model before its run has stored how. */
function known(kept: KeptImages | undefined): KeptImages {
  if (kept !== undefined) return kept;
  throw userError(
    'NO_READING',
    'How pictures are read for the model is not known, as its run has stored nothing of it; give its run directory.',
  );
}
