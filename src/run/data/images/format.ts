import { isWanted } from '../../../coordinator/data/classFolder.js';
import { pictureFiles } from '../../../coordinator/data/images/files.js';
import { userError } from '../../../shared/errors.js';
import type { DataFormat } from '../format.js';
import { type KeptImages, keptOfImages } from './reading.js';
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
  load: async (data, request) => (await loading()).loadImages(data, request),
  read: async (path, kept) => (await loading()).readPictures(path, known(kept)),
  readLabelled: async (path, kept) => (await loading()).readLabelledPictures(path, known(kept)),
  keptSchema: keptOfImages,
  difference(began, found, run) {
    if (began.rows !== found.rows)
      return `has ${found.rows} pictures to train on, but the run in ${run} was started with ${began.rows}; restore them`;
    return began.digest === found.digest
      ? undefined
      : `no longer holds the pictures that the run in ${run} was started with; restore them`;
  },
  recognises: ({ isFolder, inside }) => isFolder && inside.some((name) => isWanted(name, pictureFiles)),
  survey: async (path) => (await import('./survey.js')).surveyImages(path),
  starter: async (path, request) => (await import('./starter.js')).imagesStarter(path, request),
  naming: (kept) => ({ target: known(kept).target, classes: known(kept).classes, label: [] }),
};

/** Threads and their pool are loaded with the first picture. */
const loading = () => import('./load.js');

/** Nothing is read for a model before its run has stored how. */
function known(kept: KeptImages | undefined): KeptImages {
  if (kept !== undefined) return kept;
  throw userError(
    'NO_READING',
    'How pictures are read for the model is not known, as its run has stored nothing of it; give its run directory.',
  );
}
