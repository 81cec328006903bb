import { stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { type ClassFile, listClasses, listFiles } from '../../../coordinator/data/classFolder.js';
import { pictureFiles } from '../../../coordinator/data/images/files.js';
import { openImages, readFiles } from '../../../coordinator/data/images/images.js';
import { requireOutputs } from '../classTarget.js';
import type { CountedRows, DataRequest, LoadedRows, TrainingData } from '../format.js';
import { identityOf } from './identity.js';
import { type KeptImages, readingOf } from './reading.js';
import type { ImagesConfig } from './section.js';

/** Pictures of a run. The classes are known before a picture is decoded, which takes its time. */
export async function loadImages(data: ImagesConfig, request: DataRequest): Promise<TrainingData<KeptImages>> {
  const { images: folder, classes: given, loaders, cache, augment, validation } = data;
  const reading = readingOf(data, request);
  const { validationSplit, seed, model } = request;
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
}

/** Other pictures in folders for the same classes. */
export async function readLabelledPictures(path: string, kept: KeptImages): Promise<CountedRows> {
  const { files } = await listClasses(path, pictureFiles, kept.classes);
  return readFiles(path, files, { ...kept, oneHot: kept.target === 'oneHot' });
}

/** A picture, or all pictures of a folder, whether or not in folders for classes. */
export async function readPictures(path: string, kept: KeptImages): Promise<LoadedRows> {
  const isFile = (await stat(path).catch(() => null))?.isFile() === true;
  const folder = isFile ? dirname(path) : path;
  const files: readonly ClassFile[] = isFile
    ? [{ name: basename(path), label: -1 }]
    : await listFiles(path, pictureFiles, kept.classes);
  const { rows, x } = await readFiles(folder, files, { ...kept, oneHot: false });
  return { rows, x, named: [{ column: 'file', values: files.map(({ name }) => name) }] };
}
