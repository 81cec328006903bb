import { stat } from 'node:fs/promises';
import type { WeightedModel } from './built.js';
import { loadModelFile } from './files.js';
import { isHdf5, isZip } from './keras/archive.js';
import { readKerasArchive } from './keras/readArchive.js';
import { readLegacyModel } from './keras/readLegacy.js';

/** Loads a model from a file or a folder, whatever format it is in. */
export async function loadModel(path: string): Promise<WeightedModel> {
  const isFile = (await stat(path).catch(() => undefined))?.isFile() === true;
  if (path.endsWith('.keras') || (isFile && isZip(path))) return readKerasArchive(path);
  if (/\.(h5|hdf5)$/.test(path) || (isFile && isHdf5(path))) return readLegacyModel(path);
  return loadModelFile(path);
}
