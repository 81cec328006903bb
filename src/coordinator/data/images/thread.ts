import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { LockstepError } from '../../../shared/errors.js';
import { firstLine, reason } from '../../../shared/files.js';
import { harmless } from '../quoted.js';
import { augment } from './augment.js';
import { decode, requirePicture } from './decode.js';
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

async function makePicture({ origin, rows, target }: PictureTask, index: number): Promise<void> {
  const path = 'names' in origin ? join(origin.folder, origin.names[index]) : null;
  if (target === null) {
    requirePicture(readHead(path as string));
    return;
  }
  const { making, augmenting, out } = target;
  const { height, width, channels } = making;
  const made = new Uint8Array(out);
  const size = bytesOf(making);
  const at = index * size;
  if (path !== null) resize(await decode(read(path), channels), making, made, at);
  if (augmenting === undefined) return;
  const { options, seed, pass } = augmenting;
  const row = rows[index];
  const picture = 'pixels' in origin ? { values: new Uint8Array(origin.pixels), at: row * size } : { values: made, at };
  augment({ ...picture, height, width, channels }, options, { seed, pass, row }, made, at);
}

function read(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Error(reason(error));
  }
}

/** Ample for every signature. */
const head = Buffer.alloc(64);

function readHead(path: string): Buffer {
  try {
    const file = openSync(path, 'r');
    try {
      return head.subarray(0, readSync(file, head, 0, head.length, 0));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw new Error(reason(error));
  }
}

function inWords(error: unknown): Omit<PictureProblem, 'index'> {
  if (error instanceof LockstepError) return { message: error.message, isMissingPackage: true };
  return { message: harmless(firstLine(error)), isMissingPackage: false };
}
