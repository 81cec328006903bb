import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError } from '../../../shared/errors.js';
import { firstLine, reason } from '../../../shared/files.js';
import { harmless } from '../quoted.js';
import { decode } from './decode.js';
import { resize } from './resize.js';
import { bytesOf, type PictureProblem, type PictureTask } from './task.js';

/** What a loader thread does: pictures are decoded, resized and written to shared memory. Returns those that cannot be had. */
export default async function decodePictures(task: PictureTask): Promise<PictureProblem[]> {
  const { names, making, out } = task;
  const problems: PictureProblem[] = [];
  const pixels = new Uint8Array(out);
  const taken = new Int32Array(task.taken);
  const size = bytesOf(making);
  for (let index = Atomics.add(taken, 0, 1); index < names.length; index = Atomics.add(taken, 0, 1)) {
    try {
      const bytes = read(join(task.folder, names[index]));
      resize(await decode(bytes, making.channels), making, pixels, index * size);
    } catch (error) {
      problems.push({ index, ...inWords(error) });
    }
  }
  return problems;
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(reason(error));
  }
}

function inWords(error: unknown): Omit<PictureProblem, 'index'> {
  if (error instanceof LockstepError) return { message: error.message, isMissingPackage: true };
  return { message: harmless(firstLine(error)), isMissingPackage: false };
}
