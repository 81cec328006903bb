import { stat } from 'node:fs/promises';
import type { WeightedModel } from './built.js';
import { loadModelFile } from './files.js';
import { isZip } from './keras/archive.js';
import { readKerasArchive } from './keras/readArchive.js';

/** Loads a model from a file or a folder, whatever format it is in. */
export async function loadModel(path: string): Promise<WeightedModel> {
  const isFile = (await stat(path).catch(() => undefined))?.isFile() === true;
  if (path.endsWith('.keras') || (isFile && isZip(path))) return readKerasArchive(path);
  return loadModelFile(path);
}
