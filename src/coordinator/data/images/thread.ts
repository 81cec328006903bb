import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError } from '../../../shared/errors.js';
import { firstLine, reason } from '../../../shared/files.js';
import { harmless } from '../quoted.js';
import { augment } from './augment.js';
import { decode } from './decode.js';
import { resize } from './resize.js';
import { bytesOf, type PictureProblem, type PictureTask } from './task.js';

/** What a loader thread does: pictures are made and written to shared memory. Returns those that cannot be had. */
export default async function makePictures(task: PictureTask): Promise<PictureProblem[]> {
  const problems: PictureProblem[] = [];
  const taken = new Int32Array(task.taken);
  const next = (): number => Atomics.add(taken, 0, 1);
  for (let index = next(); index < task.rows.length; index = next()) {
    try {
      await makePicture(task, index);
    } catch (error) {
      problems.push({ index, ...inWords(error) });
    }
  }
  return problems;
}

async function makePicture({ origin, rows, making, augmenting, out }: PictureTask, index: number): Promise<void> {
  const { height, width, channels } = making;
  const made = new Uint8Array(out);
  const size = bytesOf(making);
  const at = index * size;
  if ('names' in origin) {
    const bytes = read(join(origin.folder, origin.names[index]));
    resize(await decode(bytes, channels), making, made, at);
  }
  if (augmenting === undefined) return;
  const { options, seed, pass } = augmenting;
  const row = rows[index];
  const picture = 'names' in origin ? { values: made, at } : { values: new Uint8Array(origin.pixels), at: row * size };
  augment({ ...picture, height, width, channels }, options, { seed, pass, row }, made, at);
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
