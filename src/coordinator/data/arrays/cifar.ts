import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { userError } from '../../../shared/errors.js';
import { type ArrayFile, isFolder, openBytes } from './arrayFile.js';
import { unreadable } from './byteSources.js';
import { numberElement } from './elements.js';
import type { ByteSource, StoredArray } from './storedArray.js';

/** Pictures of three planes of 32 × 32 bytes behind one label, or a coarse and a fine one: https://www.cs.toronto.edu/~kriz/cifar.html */
const PIXELS = 32 * 32;
const PICTURE = 3 * PIXELS;

/** Bytes of labels before each picture. */
const kinds = { cifar10: 1, cifar100: 2 } as const;

export type CifarKind = keyof typeof kinds;

/** Which place in the file each element of [32, 32, 3] has: there colours are planes. */
const places = Int32Array.from({ length: PICTURE }, (_, i) => (i % 3) * PIXELS + Math.floor(i / 3));

/** Opens files of CIFAR-10 or CIFAR-100 as one: pictures `x` [rows, 32, 32, 3] and labels `y`, for CIFAR-100 `fine` and `coarse`. */
export async function openCifar(path: string, part: 'train' | 'test', kind?: CifarKind): Promise<ArrayFile> {
  const paths = (await isFolder(path)) ? await filesIn(path, part) : [path];
  const files = await Promise.all(paths.map(openBytes));
  const close = (): void => {
    for (const { source } of files) source.close();
  };
  try {
    const found =
      kind ??
      kindOf(
        path,
        files.map(({ size }) => size),
      );
    const labels = kinds[found];
    const record = labels + PICTURE;
    const odd = files.findIndex(({ size }) => size === 0 || size % record !== 0);
    if (odd >= 0) throw notRecords(paths[odd], files[odd].size, record);
    const runs = files.map(({ size }) => size / record);
    const rows = runs.reduce((sum, count) => sum + count, 0);
    const source = joined(files);
    const at = (name: string, shape: readonly number[], offset: number): StoredArray => {
      let start = offset;
      const each = runs.map((count) => ({ rows: count, offset: (start += count * record) - count * record }));
      return { name, element: numberElement('uint8'), shape: [rows, ...shape], source, runs: each, stride: record };
    };
    const arrays: Record<string, StoredArray> = {
      x: { ...at(`pictures of ${path}`, [32, 32, 3], labels), picks: { places, of: PICTURE } },
      y: at(`labels of ${path}`, [], labels - 1),
      ...(found === 'cifar100' && {
        fine: at(`labels of ${path}`, [], 1),
        coarse: at(`coarse labels of ${path}`, [], 0),
      }),
    };
    return { path, names: Object.keys(arrays), open: async (name) => arrays[name], close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Names of the classes, where they stand beside the pictures; undefined where they do not. */
export async function cifarClasses(path: string, labels: 'fine' | 'coarse'): Promise<string[] | undefined> {
  for (const name of ['batches.meta.txt', `${labels}_label_names.txt`]) {
    const text = await readFile(join(path, name), 'utf8').catch(() => undefined);
    const names = text?.split(/\r?\n/).filter((line) => line.trim() !== '');
    if (names !== undefined && names.length > 0) return names;
  }
  return undefined;
}

/** The files of a part in a folder as it is unpacked, in the order of their numbers. */
async function filesIn(folder: string, part: 'train' | 'test'): Promise<string[]> {
  const names = await readdir(folder).catch((error) => {
    throw unreadable(folder, error);
  });
  const wanted = part === 'train' ? /^(data_batch_\d+|train)\.bin$/ : /^(test_batch|test)\.bin$/;
  const found = names.filter((name) => wanted.test(name)).sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  if (found.length > 0) return found.map((name) => join(folder, name));
  const expected = part === 'train' ? 'data_batch_1.bin … or train.bin' : 'test_batch.bin or test.bin';
  throw userError('DATA_UNREADABLE', `${folder} has no ${expected}; unpack the binary version of CIFAR there.`);
}

function kindOf(path: string, sizes: readonly number[]): CifarKind {
  const names = Object.keys(kinds) as CifarKind[];
  const fitting = names.filter((name) => sizes.every((size) => size > 0 && size % (kinds[name] + PICTURE) === 0));
  if (fitting.length === 1) return fitting[0];
  if (fitting.length === 0) throw notRecords(path, sizes[0], kinds.cifar10 + PICTURE);
  throw userError(
    'ARRAY_INVALID',
    `${path} may be of CIFAR-10 or of CIFAR-100 by its size; set data.kind to cifar10 or cifar100.`,
  );
}

function notRecords(path: string, size: number, record: number): Error {
  return userError(
    'ARRAY_INVALID',
    `${path} has ${size} bytes, which are no whole number of records of ${record} bytes (of 3073 for CIFAR-10, 3074 for CIFAR-100); restore the file.`,
  );
}

/** Files one after the other. */
function joined(files: readonly { source: ByteSource; size: number }[]): ByteSource {
  return {
    isHeld: false,
    readAt: (into, position) => {
      let start = position;
      const at = files.findIndex(({ size }) => {
        if (start < size) return true;
        start -= size;
        return false;
      });
      files[at].source.readAt(into, start);
    },
  };
}
